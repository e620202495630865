import { createHash } from 'node:crypto';

/** What the page shows of an OpenAPI 3.1 document. */
export interface OpenapiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Body;
  readonly responses?: Readonly<Record<string, Body>>;
}

interface Body {
  readonly description?: string;
  /** By their content types. */
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
article { margin: 2rem 0; padding-top: 1rem; border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
h3 { margin: 0; font-size: 1rem }
code { font-family: ui-monospace, monospace; font-size: .9em }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; font-weight: 600; padding: .5rem 0 }
td { padding: .2rem 1rem .2rem 0; vertical-align: top }
td:first-child { width: 9rem; white-space: nowrap }
td:last-child { width: 30% }
a { color: inherit }`;

/** No script, nothing from elsewhere, and no style but the page's own. */
export const openapiPagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The document as HTML that needs no script. */
export function openapiPage({ info, tags = [], paths }: OpenapiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = tags.map(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags?.includes(name));
    return html`<h2>${description ?? name}</h2>${own.map(article)}`;
  });
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title}: the HTTP interface</title>
<style>${new Markup(style)}</style>
<h1>${info.title} ${info.version}</h1>
<p>${info.description ?? ''}</p>
<p>As a document for programs: <a href="/openapi.json">openapi.json</a></p>
${groups}
</html>
`.text;
}

function article({ path, method, operation }: { path: string; method: string; operation: Operation }): Markup {
  const { summary = '', description = '', parameters = [], requestBody = {}, responses = {} } = operation;
  const rows = parameters.map(({ name, required, description: text = '', schema }) =>
    row(name, text, `${required ? 'required' : 'optional'} ${kindOf(schema)}`),
  );
  const answers = Object.entries(responses).flatMap(([status, body]) => bodyTables(status, body));
  return html`<article>
<h3><code>${method.toUpperCase()} ${path}</code></h3>
<p>${summary}. ${description}</p>
${rows.length > 0 ? table('Parameters', rows) : ''}
${bodyTables('Body', requestBody)}
${answers}
</article>
`;
}

function bodyTables(name: string, { description, content = {} }: Body): Markup[] {
  return Object.entries(content).map(([type, { schema }]) => {
    const fields = Object.entries((schema.items ?? schema).properties ?? {});
    const lines = fields.map(([field, of]) => row(field, of.description ?? '', kindOf(of)));
    return table(`${name} ${type}${schema.items ? ', a list' : ''}${description ? `: ${description}` : ''}`, lines);
  });
}

function table(caption: string, rows: readonly Markup[]): Markup {
  return html`<div class="scroll"><table><caption>${caption}</caption>${rows}</table></div>
`;
}

function row(name: string, description: string, kind: string): Markup {
  return html`<tr><td><code>${name}</code></td><td>${description}</td><td>${kind}</td></tr>`;
}

function kindOf({ type, format, enum: names, minimum, maximum, default: usual }: Schema): string {
  const kinds = names ? names.join(', ') : [type ?? ''].flat().join(' or ');
  const bounds = minimum !== undefined && maximum !== undefined ? `, ${minimum} to ${maximum}` : '';
  const otherwise = usual === undefined ? '' : `, ${String(usual)} unless told`;
  return `${kinds}${format ? ` (${format})` : ''}${bounds}${otherwise}`;
}

/** Text that is HTML already. */
class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** HTML with everything escaped that is put into it. */
function html(parts: TemplateStringsArray, ...values: readonly (string | Markup | readonly Markup[])[]): Markup {
  const texts = values.map((value) =>
    typeof value === 'string'
      ? escaped(value)
      : [value]
          .flat()
          .map(({ text }) => text)
          .join(''),
  );
  return new Markup(String.raw({ raw: parts }, ...texts));
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
