// What the conformance suite expects to find at a server under test: the same in both eras.

export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
export const wav = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA==';

export const text = (said) => ({ content: [{ type: 'text', text: said }] });
const image = { type: 'image', data: png, mimeType: 'image/png' };
const embedded = (uri, said) => ({ type: 'resource', resource: { uri, mimeType: 'text/plain', text: said } });

export const schema2020 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

// Tools whose answer is always the same.
export const plain = {
  test_simple_text: text('This is a simple text response for testing.'),
  test_image_content: { content: [image] },
  test_audio_content: { content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] },
  test_embedded_resource: { content: [embedded('test://embedded-resource', 'An embedded resource.')] },
  test_multiple_content_types: {
    content: [{ type: 'text', text: 'Several kinds:' }, image, embedded('test://mixed', 'One of them.')],
  },
  test_error_handling: { ...text('This tool always fails.'), isError: true },
  json_schema_2020_12_tool: text('taken'),
};

export const anything = { type: 'object' };
export const tool = (name, inputSchema = anything) => ({ name, description: `The tool ${name}.`, inputSchema });

export const resources = [
  { uri: 'test://static-text', name: 'static text', mimeType: 'text/plain' },
  { uri: 'test://static-binary', name: 'static binary', mimeType: 'image/png' },
  { uri: 'test://watched-resource', name: 'watched', mimeType: 'text/plain' },
];
export const templates = [{ uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' }];

// Null: there is no such resource.
export function read(uri) {
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id) return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify({ id }) }] };
  if (uri === 'test://static-binary') return { contents: [{ uri, mimeType: 'image/png', blob: png }] };
  if (!resources.some((one) => one.uri === uri)) return null;
  return { contents: [{ uri, mimeType: 'text/plain', text: `The words of ${uri}.` }] };
}

const says = (...content) => ({ messages: content.map((one) => ({ role: 'user', content: one })) });
const argument = (name) => ({ name, description: `The argument ${name}.`, required: true });
export const prompts = [
  { name: 'test_simple_prompt', description: 'A prompt.' },
  { name: 'test_prompt_with_arguments', description: 'With arguments.', arguments: [argument('arg1'), argument('arg2')] },
  { name: 'test_prompt_with_embedded_resource', description: 'With a resource.', arguments: [argument('resourceUri')] },
  { name: 'test_prompt_with_image', description: 'With an image.' },
];

// Null: there is no such prompt.
export function prompt(name, given = {}) {
  if (name === 'test_simple_prompt') return says({ type: 'text', text: 'A simple prompt.' });
  if (name === 'test_prompt_with_arguments')
    return says({ type: 'text', text: `The arguments are ${given.arg1} and ${given.arg2}.` });
  if (name === 'test_prompt_with_embedded_resource')
    return says(embedded(given.resourceUri, 'Words of a resource.'), { type: 'text', text: 'What is it?' });
  if (name === 'test_prompt_with_image') return says(image, { type: 'text', text: 'What is it?' });
  return null;
}

export const completed = { completion: { values: ['testing', 'tested'], total: 2, hasMore: false } };
