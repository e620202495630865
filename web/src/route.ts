/** What the address says to show, all of it behind the #, so that the server has one page to give. */
export type Route =
  | { readonly page: 'fleet' }
  | { readonly page: 'device'; readonly deviceId: string; readonly range: string }
  | { readonly page: 'sign-in' };

export function routeOf(hash: string): Route {
  const [page = '', part = '', range = ''] = hash.replace(/^#\/?/, '').split('/');
  if (page === 'device' && /^[a-z][a-z0-9-]{0,31}$/.test(part)) return { page: 'device', deviceId: part, range };
  return page === 'sign-in' ? { page: 'sign-in' } : { page: 'fleet' };
}

export function deviceAddress(deviceId: string, range?: string): string {
  return `#/device/${deviceId}${range === undefined ? '' : `/${range}`}`;
}
