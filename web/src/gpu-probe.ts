/** What a GPU costs at least, found out by WebGL 2 itself, before anything is fetched for it. */
export interface Gpu {
  /** As the browser names it. */
  renderer: string;
  /** From the command to draw until the result is in memory. */
  readbackMs: number;
  /** Of 32-bit integers in registers: more than any layer reaches, which has to read its operands. */
  multiplyAddsPerMs: number;
}

const SIDE = 128;
const STEPS = 256;
const MULTIPLY_ADDS = SIDE * SIDE * STEPS * 4;
const ROUNDS = 5;

const VERTEX_SHADER = `#version 300 es
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }`;

/** Sums of products that no compiler can foresee: how many steps there are is known when it draws. */
const FRAGMENT_SHADER = `#version 300 es
precision highp int;
uniform int steps;
out ivec4 sums;
void main() {
  ivec4 factors = ivec4(gl_FragCoord.xyxy) + ivec4(1, 2, 3, 4);
  ivec4 found = ivec4(0);
  for (int i = 0; i < steps; ++i) found += (found.yzwx + factors) * factors;
  sums = found;
}`;

let probed: Gpu | undefined;

/** The GPU of this page, looked at once; undefined where no WebGL 2 context is given. Takes some milliseconds. */
export function probeGpu(): Gpu | undefined {
  return (probed ??= probe());
}

function probe(): Gpu | undefined {
  const gl = openContext();
  const loss = gl?.getExtension('WEBGL_lose_context');
  try {
    const run = gl && draws(gl);
    if (!gl || !run) return undefined;
    run(STEPS);
    const drawnMs = least(() => run(STEPS));
    const readbackMs = least(() => run(0));
    const info = gl.getExtension('WEBGL_debug_renderer_info');
    return {
      renderer: String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER)),
      readbackMs,
      // A coarse clock may see no difference.
      multiplyAddsPerMs: MULTIPLY_ADDS / Math.max(drawnMs - readbackMs, 0),
    };
  } finally {
    loss?.loseContext();
  }
}

function openContext(): WebGL2RenderingContext | undefined {
  if (typeof OffscreenCanvas === 'undefined' && typeof document === 'undefined') return undefined;
  const canvas =
    typeof OffscreenCanvas === 'undefined' ? document.createElement('canvas') : new OffscreenCanvas(1, 1);
  const attributes = { depth: false, antialias: false, powerPreference: 'high-performance' } as const;
  return (canvas.getContext('webgl2', attributes) as WebGL2RenderingContext | null) ?? undefined;
}

/** Draws so many steps and reads the result back; undefined where the shader cannot be built. */
function draws(gl: WebGL2RenderingContext): ((steps: number) => void) | undefined {
  const program = gl.createProgram();
  for (const [stage, text] of [
    [gl.VERTEX_SHADER, VERTEX_SHADER],
    [gl.FRAGMENT_SHADER, FRAGMENT_SHADER],
  ] as const) {
    const shader = gl.createShader(stage);
    if (!shader) return undefined;
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return undefined;
  gl.useProgram(program);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32I, SIDE, SIDE);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(
    gl.FRAMEBUFFER,
    gl.COLOR_ATTACHMENT0,
    gl.TEXTURE_2D,
    gl.getParameter(gl.TEXTURE_BINDING_2D) as WebGLTexture,
    0,
  );
  gl.viewport(0, 0, SIDE, SIDE);
  const steps = gl.getUniformLocation(program, 'steps');
  const texel = new Int32Array(4);
  return (count) => {
    gl.uniform1i(steps, count);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.readPixels(0, 0, 1, 1, gl.RGBA_INTEGER, gl.INT, texel);
  };
}

/** What is a bound must not be what the machine happened to be busy with. */
function least(run: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const begin = performance.now();
    run();
    return performance.now() - begin;
  });
  return Math.min(...times);
}
