import { ExecaError, execa } from 'execa'
import { FipsConformanceError } from '../errors/error.ts'
import { docker, dockerExeca, lastLines } from '../host/docker.ts'

/** Other engines that keep images of their own; their clients have docker's words for what is asked of them here. */
const others = ['podman', 'nerdctl'] as const
type Engine = 'docker' | (typeof others)[number]

const timeout = 30_000

const notFound = (reference: string, engines: readonly Engine[], why: string, cause: unknown): FipsConformanceError =>
  new FipsConformanceError({
    code: 'IMAGE_NOT_FOUND',
    what: 'there is neither a path nor an image of a local engine with this name',
    where: reference,
    why,
    remedy: `fetch it first: ${engines[0]} pull ${reference}\nor check the spelling: ${engines[0]} image ls`,
    exit: 3,
    cause,
  })

type Without = { engine: Engine; answer: 'lacks' | 'absent'; why: string; cause: unknown }
type Asked = { engine: Engine; answer: 'has' } | Without

const saysUnknown = (text: string): boolean => /no such (?:image|object)|not found|image not known/i.test(text)

const askDocker = async (reference: string, signal: AbortSignal): Promise<Asked> => {
  try {
    await docker(['image', 'inspect', '--format', '{{.Id}}', reference], { signal, timeout })
    return { engine: 'docker', answer: 'has' }
  } catch (error) {
    if (!(error instanceof FipsConformanceError)) throw error
    const { code, what, why = '' } = error.trouble
    if (code === 'DOCKER_UNREACHABLE')
      return { engine: 'docker', answer: 'absent', why: [what, why].filter(Boolean).join(': '), cause: error }
    if (saysUnknown(why)) return { engine: 'docker', answer: 'lacks', why, cause: error }
    throw error
  }
}

const askOther = async (engine: (typeof others)[number], reference: string, signal: AbortSignal): Promise<Asked> => {
  const { exitCode, stderr, code, isCanceled } = await execa(engine, ['image', 'inspect', '--format', '{{.Id}}', reference], {
    ...dockerExeca({ signal, timeout }),
    stdin: 'ignore',
    reject: false,
  })
  if (isCanceled) signal.throwIfAborted()
  if (exitCode === 0) return { engine, answer: 'has' }
  const why = code === 'ENOENT' ? `there is no ${engine} on PATH` : lastLines(stderr ?? '', 3)
  return { engine, answer: saysUnknown(why) ? 'lacks' : 'absent', why, cause: why }
}

/** The engine that has the image: docker before the others, which are asked only where it lacks it or does not answer. */
const engineWith = async (reference: string, signal: AbortSignal): Promise<Engine> => {
  const asked: Without[] = []
  for (const engine of ['docker', ...others] as const) {
    const found = engine === 'docker' ? await askDocker(reference, signal) : await askOther(engine, reference, signal)
    if (found.answer === 'has') return engine
    asked.push(found)
  }
  const lacking = asked.filter((each) => each.answer === 'lacks')
  const [first] = lacking
  if (first)
    throw notFound(
      reference,
      lacking.map(({ engine }) => engine),
      lacking.map(({ engine, why }) => `${engine}: ${why}`).join('; '),
      first.cause,
    )
  const [unreached] = asked
  throw new FipsConformanceError({
    code: 'PATH_MISSING',
    what: 'there is no such file or directory, and no engine answers that could have an image of this name',
    where: reference,
    why: asked.map(({ engine, why }) => `${engine}: ${why}`).join('; '),
    remedy: 'check the spelling; if an image is meant, start the engine that has it: docker, podman or nerdctl',
    exit: 3,
    cause: unreached?.cause,
  })
}

/**
 * An image of a local engine, as `docker save`, `podman save` or `nerdctl save` streams it.
 * @throws FipsConformanceError `IMAGE_NOT_FOUND`, `PATH_MISSING` (no engine answers), `DOCKER_FAILED`, exit 3; the stream throws `DOCKER_FAILED` where it ends early
 */
export const saveImage = async (
  reference: string,
  signal: AbortSignal,
): Promise<{ chunks: AsyncIterable<Uint8Array>; stop: () => void }> => {
  const engine = await engineWith(reference, signal)
  const child = execa(engine, ['save', reference], {
    ...dockerExeca({ signal }),
    stdin: 'ignore',
    buffer: { stdout: false, stderr: true },
    encoding: 'buffer',
  })
  // Whoever stops early leaves nobody to hear how it ended.
  child.catch(() => undefined)
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of child.stdout) yield chunk as Uint8Array
      await child
    } catch (cause) {
      signal.throwIfAborted()
      const stderr: unknown = cause instanceof ExecaError ? cause.stderr : undefined
      const why = stderr instanceof Uint8Array && stderr.length > 0 ? new TextDecoder().decode(stderr) : String(cause)
      throw new FipsConformanceError({
        code: 'DOCKER_FAILED',
        what: 'the engine did not hand over the whole image',
        where: `${engine} save ${reference}`,
        why,
        exit: 3,
        cause,
      })
    }
  }
  return {
    chunks: chunks(),
    stop: () => {
      child.kill()
    },
  }
}
