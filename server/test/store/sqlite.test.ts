import { makeServerPlace, makeSqlitePlace } from './sqlite-place.ts';
import { storeSuite } from './store-suite.ts';

storeSuite('SQLite', async () => makeSqlitePlace());
storeSuite('SQLite, the store of a running server', async () => makeServerPlace());
