/**
 * Questions among the workers of a gateway, by way of their primary.
 *
 * | from    | to            | message       |
 * |---------|---------------|---------------|
 * | worker  | primary       | `ask`         |
 * | primary | every worker  | `question`    |
 * | worker  | primary       | `answer`      |
 * | primary | asking worker | `answers`     |
 * | worker  | primary       | `ask-secret`  |
 * | primary | asking worker | `secret`      |
 */
import type { Worker } from "node:cluster";
import {
  type Answers,
  newSecret,
  type Questions,
  type Respondent,
  type WorkerGroup,
} from "../admin/workers.ts";

/** Names and contents are those of {@link Questions} and {@link Answers}: both ends run the same version. */
type Message =
  | { readonly kind: "ask"; readonly id: number; readonly name: keyof Questions; readonly argument: never }
  | {
      readonly kind: "question";
      readonly id: number;
      readonly name: keyof Questions;
      readonly argument: never;
    }
  | { readonly kind: "answer"; readonly id: number; readonly answer: never }
  | { readonly kind: "answers"; readonly id: number; readonly answers: never[] }
  | { readonly kind: "ask-secret" }
  | { readonly kind: "secret"; readonly secret: string };

/** Time after which a worker that has not answered is left out: its event loop is blocked, or it is ending. */
const ANSWER_TIMEOUT_MS = 2_000;

const isMessage = (message: Message | string): message is Message =>
  typeof message === "object" && message !== null && "kind" in message;

/**
 * Sends a message to the other end. Without a callback Node.js throws an exception when the other end dies meanwhile.
 * @param onFailure called if the other end has gone
 */
export function sendIfConnected(
  worker: Worker,
  message: object | string,
  onFailure: () => void = () => undefined,
): void {
  if (!worker.isConnected()) onFailure();
  else
    worker.send(message, undefined, undefined, (error) => {
      if (error !== null) onFailure();
    });
}

/** The group as a worker of a cluster sees it. */
export class WorkerChannel implements WorkerGroup {
  readonly #worker: Worker;
  readonly #pending = new Map<number, (answers: never[]) => void>();
  readonly #awaitingSecret = new Set<(secret: string) => void>();
  #respondent: Respondent | undefined;
  #lastId = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (message: Message | string) => {
      if (isMessage(message)) this.#receive(message);
    });
    worker.once("disconnect", () => {
      for (const resolve of this.#pending.values()) resolve([]);
      this.#pending.clear();
      for (const resolve of this.#awaitingSecret) resolve(newSecret());
      this.#awaitingSecret.clear();
    });
  }

  join(respondent: Respondent): void {
    this.#respondent = respondent;
  }

  ask<Name extends keyof Questions>(name: Name, argument: Questions[Name]): Promise<Answers[Name][]> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, resolve);
      // Without the primary the others can't be asked: this worker, which finishes its requests, answers alone.
      sendIfConnected(this.#worker, { kind: "ask", id, name, argument }, () => {
        this.#pending.delete(id);
        const answer = this.#respondent?.[name](argument);
        if (answer === undefined) resolve([]);
        else answer.then((own) => resolve([own]), reject);
      });
    });
  }

  secret(): Promise<string> {
    return new Promise((resolve) => {
      this.#awaitingSecret.add(resolve);
      // A secret of its own opens nothing, and is as good as none.
      sendIfConnected(this.#worker, { kind: "ask-secret" }, () => resolve(newSecret()));
    });
  }

  #receive(message: Message): void {
    if (message.kind === "secret") {
      for (const resolve of this.#awaitingSecret) resolve(message.secret);
      this.#awaitingSecret.clear();
    }
    if (message.kind === "answers") {
      this.#pending.get(message.id)?.(message.answers);
      this.#pending.delete(message.id);
    } else if (message.kind === "question") void this.#answer(message.id, message.name, message.argument);
  }

  async #answer(id: number, name: keyof Questions, argument: never): Promise<void> {
    const answer = await this.#respondent?.[name](argument);
    if (answer !== undefined) sendIfConnected(this.#worker, { kind: "answer", id, answer });
  }
}

/** A question that the workers are answering. */
interface Poll {
  readonly answers: never[];
  /** Workers that have not answered yet. */
  readonly missing: Set<Worker>;
  readonly finish: () => void;
}

/** Passes questions and answers on, in the primary. */
export class WorkerRelay {
  readonly #workers: ReadonlySet<Worker>;
  readonly #polls = new Map<number, Poll>();
  readonly #secret = newSecret();
  #lastId = 0;

  /** @param workers those that run now */
  constructor(workers: ReadonlySet<Worker>) {
    this.#workers = workers;
  }

  /** Relays the messages of a worker. */
  attach(worker: Worker): void {
    worker.on("message", (message: Message | string) => {
      if (!isMessage(message)) return;
      if (message.kind === "ask-secret") sendIfConnected(worker, { kind: "secret", secret: this.#secret });
      else if (message.kind === "ask") this.#ask(worker, message);
      else if (message.kind === "answer") this.#answered(worker, message.id, message.answer);
    });
    worker.once("exit", () => {
      for (const poll of this.#polls.values()) this.#leave(poll, worker);
    });
  }

  #ask(asking: Worker, { id, name, argument }: Extract<Message, { kind: "ask" }>): void {
    this.#lastId += 1;
    const pollId = this.#lastId;
    const poll: Poll = {
      answers: [],
      missing: new Set([...this.#workers].filter((worker) => worker.isConnected())),
      finish: () => {
        clearTimeout(timer);
        if (this.#polls.delete(pollId))
          sendIfConnected(asking, { kind: "answers", id, answers: poll.answers });
      },
    };
    const timer = setTimeout(poll.finish, ANSWER_TIMEOUT_MS).unref();
    this.#polls.set(pollId, poll);
    for (const worker of poll.missing)
      sendIfConnected(worker, { kind: "question", id: pollId, name, argument }, () =>
        this.#leave(poll, worker),
      );
  }

  #answered(worker: Worker, pollId: number, answer: never): void {
    const poll = this.#polls.get(pollId);
    if (poll === undefined) return;
    poll.answers.push(answer);
    this.#leave(poll, worker);
  }

  #leave(poll: Poll, worker: Worker): void {
    if (poll.missing.delete(worker) && poll.missing.size === 0) poll.finish();
  }
}
