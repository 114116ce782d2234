// Writes what a Relay app would: a refetchable fragment for every Node type, a paged one for every connection.
import { getNamedType, isInterfaceType, isLeafType, isNonNullType, isObjectType, isRequiredArgument } from "graphql";
import { mkdirSync, writeFileSync } from "node:fs";

const capital = (word) => word[0].toUpperCase() + word.slice(1);
const isConnection = (type) => type.name.endsWith("Connection");
const fieldsOf = (type) => Object.values(type.getFields());

/** Every list that is paged, and how to find what it hangs on. */
export function connections(schema) {
  const owners = Object.values(schema.getTypeMap()).filter(isObjectType);
  return owners.flatMap((owner) =>
    fieldsOf(owner)
      .filter((field) => isConnection(getNamedType(field.type)))
      .map((field) => ({ owner: owner.name, field: field.name, module: `${owner.name}${capital(field.name)}`, node: nodeOf(field) })),
  );
}

const nodeOf = (field) => getNamedType(getNamedType(getNamedType(field.type).getFields().edges.type).getFields().node.type).name;

export const nodeTypes = (schema) => schema.getPossibleTypes(schema.getType("Node")).map((type) => type.name);

/** All of a type's plain fields, and of its objects what they are. */
function selection(type) {
  const usable = fieldsOf(type).filter((field) => !field.args.some(isRequiredArgument));
  return usable.map((field) => {
    const named = getNamedType(field.type);
    if (isLeafType(named)) return field.name;
    if (isConnection(named)) return `${field.name} { pageInfo { hasNextPage } }`;
    return `${field.name} { __typename ${isInterfaceType(named) || !named.getFields?.().id ? "" : "id"} }`;
  });
}

const nodeModule = (type) => `fragment ${type.name}Node on ${type.name} @refetchable(queryName: "${type.name}NodeQuery") {
  ${selection(type).join("\n  ")}
}`;

const ROOTS = { Query: (spread) => spread, Viewer: (spread) => `viewer { ${spread} }` };

function pageModule({ owner, field, module, node }, schema) {
  const paged = schema.getType(owner).getFields()[field];
  const required = paged.args.filter((arg) => isNonNullType(arg.type) && isRequiredArgument(arg) && arg.name !== "first");
  if (required.length) throw new Error(`${owner}.${field} cannot be paged without ${required[0].name}`);
  const spread = `...${module}`;
  const query = ROOTS[owner]
    ? `query ${module}Query { ${ROOTS[owner](spread)} }`
    : `query ${module}Query($id: ID!) { ${owner.toLowerCase()}(id: $id) { id ${spread} } }`;
  return [
    `fragment ${module} on ${owner} @refetchable(queryName: "${module}PageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 1 }, cursor: { type: "String" }) {
  ${field}(first: $count, after: $cursor) @connection(key: "${module}_${field}") {
    edges { cursor node { __typename ${schema.getType(node).getFields().id ? "id" : ""} } }
  }
}`,
    query,
  ];
}

/** Write one module for each fragment, and the compiler's configuration; return how many there are. */
export function write(folder, schema) {
  mkdirSync(`${folder}/src/__generated__`, { recursive: true });
  const modules = {};
  for (const name of nodeTypes(schema)) modules[`${name}Node`] = [nodeModule(schema.getType(name))];
  for (const paged of connections(schema)) modules[paged.module] = pageModule(paged, schema);
  for (const [name, documents] of Object.entries(modules)) {
    const tagged = documents.map((document) => `graphql\`${document}\`;`);
    writeFileSync(`${folder}/src/${name}.js`, `const { graphql } = require("relay-runtime");\n${tagged.join("\n")}\n`);
  }
  writeFileSync(`${folder}/package.json`, JSON.stringify({ type: "commonjs" }));
  const config = {
    src: "./src", schema: "../schema.graphql", language: "javascript", artifactDirectory: "./src/__generated__", eagerEsModules: false,
    customScalarTypes: { DateTime: "string", Decimal: "string", CurrencyCode: "string" },
  };
  writeFileSync(`${folder}/relay.config.json`, JSON.stringify(config));
  return Object.keys(modules).length;
}
