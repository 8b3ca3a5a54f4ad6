/**
 * Questions to a worker thread, answered in any order: for hashing that would stall every request if it ran beside them.
 * A thread that dies fails what was asked, and is replaced at the next question.
 */
import { Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

/** One per program; `close` ends it. */
export class QuestionThread<Request, Reply> {
  readonly #program: URL
  readonly #name: string
  #worker: Worker | undefined
  #nextId = 0
  readonly #waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>()

  /**
   * @param program the file that calls `answerQuestions`
   * @param name what messages of errors call it
   */
  constructor(program: URL, name: string) {
    this.#program = program
    this.#name = name
  }

  async ask(request: Request): Promise<Reply> {
    const worker = (this.#worker ??= this.#start())
    const id = this.#nextId++
    return await new Promise<Reply>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      // A thread with a question to answer keeps the process alive; an idle one must not.
      worker.ref()
      worker.postMessage({ id, request })
    })
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
    this.#failAll(new Error(`${this.#name} was stopped`))
  }

  #start(): Worker {
    const worker = new Worker(this.#program)
    worker.on('message', ({ id, reply, error }: { id: number; reply: Reply; error?: string }) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (this.#waiting.size === 0) worker.unref()
      if (error === undefined) waiting?.resolve(reply)
      else waiting?.reject(new Error(error))
    })
    const ended = (error: Error): void => {
      if (this.#worker === worker) this.#worker = undefined
      this.#failAll(error)
    }
    worker.on('error', (error) => ended(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', (code) => ended(new Error(`${this.#name} ended with ${code}`)))
    return worker
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

/**
 * The other side: answers every question with what `answer` returns, or with the message of what it throws.
 *
 * @param port `parentPort` of the worker
 * @param answer takes what the thread's `ask` sends
 */
export function answerQuestions(port: MessagePort | null, answer: (request: never) => unknown): void {
  if (port === null) throw new Error('this file is the program of a worker thread')
  const attempt = (request: never): { reply: unknown } | { error: string } => {
    try {
      return { reply: answer(request) }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }
  port.on('message', ({ id, request }: { id: number; request: never }) => {
    port.postMessage({ id, ...attempt(request) })
  })
}
