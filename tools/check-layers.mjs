// Holds every #include under src/ to the layers declared in src/CMakeLists.txt.
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root as projectRoot } from './paths.mjs';

// The layers in the order of their declaration: Map of name → the names it may include.
export function parseLayers(text) {
  const declaration = /^[ \t]*alice_layer\(\s*(\w+)(?:\s+USES\s+([^)]*))?\)/gm;
  return new Map(
    [...text.matchAll(declaration)].map(([, name, uses = '']) => [name, uses.split(/\s+/).filter(Boolean)]),
  );
}

function orderProblems(layers) {
  const declared = new Set();
  const problems = [];
  for (const [name, uses] of layers) {
    for (const used of uses.filter((each) => !declared.has(each))) {
      problems.push(`src/CMakeLists.txt: ${name} uses ${used}, which is not declared above it`);
    }
    declared.add(name);
  }
  return problems;
}

// What is wrong with one #include of a file in `layer`, or null.
function includeProblem(layers, layer, bracket, path) {
  const [folder, ...rest] = path.split('/');
  if (folder === 'protozero' && layer !== 'onnx') return 'only src/onnx may include protozero';
  if (folder === 'bindings') return 'nothing in src may include bindings';
  if (bracket === '<') {
    return layers.has(folder) && rest.length > 0 ? `write "${path}" for the project's own header` : null;
  }
  if (folder === 'protozero') return null;
  if (rest.length === 0 || !layers.has(folder)) return `"${path}" does not begin with a layer's folder`;
  if (folder === layer || layers.get(layer).includes(folder)) return null;
  return `${layer} may not include ${folder}`;
}

// Returns { layers: [{ name, problems }], problems } for the project in `root`; the first list has the includes by layer.
export function checkLayers(root = projectRoot) {
  const source = join(root, 'src');
  const layers = parseLayers(readFileSync(join(source, 'CMakeLists.txt'), 'utf8'));
  const problems = orderProblems(layers);
  const results = new Map([...layers.keys()].map((name) => [name, []]));
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(h|cc|inc)$/.test(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    const layer = relative(source, file).split('/')[0];
    if (!layers.has(layer)) {
      problems.push(`${relative(root, file)}: lies in no declared layer`);
      continue;
    }
    readFileSync(file, 'utf8')
      .split('\n')
      .forEach((line, index) => {
        const match = line.match(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/);
        const problem = match && includeProblem(layers, layer, match[1], match[2]);
        if (problem) results.get(layer).push(`${relative(root, file)}:${index + 1}: ${problem}`);
      });
  }
  return { layers: [...results].map(([name, found]) => ({ name, problems: found })), problems };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { layers, problems } = checkLayers();
  const all = [...problems, ...layers.flatMap((layer) => layer.problems)];
  all.forEach((problem) => console.error(problem));
  console.log(`${layers.length} layers, ${all.length} problems`);
  process.exitCode = all.length > 0 ? 1 : 0;
}
