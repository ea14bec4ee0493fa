/** Errors of the gateway. */
import type { ErrorCode } from "../generated/error-codes.ts";

/** Body of an error, as the distribution specification has it. */
interface ErrorBody {
  readonly errors?: readonly {
    readonly code: ErrorCode;
    readonly message: string;
    readonly detail?: unknown;
  }[];
}

function parse(text: string): ErrorBody {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {};
  }
}

/** A reply with another status than 2xx. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly status: number;
  /** Code of the contract; `UNKNOWN` for a reply that has none, such as that of a reverse proxy. */
  readonly code: ErrorCode;
  readonly detail: unknown;
  /** Seconds after which the request may be repeated, if the gateway says so. */
  readonly retryAfterS: number | undefined;

  constructor(status: number, body: ErrorBody, retryAfter: string | null = null) {
    const [first] = body.errors ?? [];
    super(first?.message ?? `the gateway replied with ${status}`);
    this.status = status;
    this.code = first?.code ?? "UNKNOWN";
    this.detail = first?.detail;
    // A reverse proxy may send a date instead (RFC 9110, section 10.2.3).
    this.retryAfterS = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : undefined;
  }

  /** Reads the error of a response. */
  static async of(response: Response): Promise<GatewayError> {
    return new GatewayError(
      response.status,
      parse(await response.text()),
      response.headers.get("retry-after"),
    );
  }
}

/** Result of a method of the client. */
interface Result<Data> {
  readonly data?: Data | undefined;
  readonly error?: unknown;
  readonly response: Response;
}

const bodyOf = (error: unknown): ErrorBody => (typeof error === "object" && error !== null ? error : {});

/** A reply that succeeded has the body that the contract promises: none after HEAD. */
const isPromised = <Data>(_data: Data | undefined, { ok }: Response): _data is Data => ok;

/** Returns the body of a reply. @throws GatewayError for another status than 2xx */
export async function unwrap<Data>(call: Promise<Result<Data>>): Promise<Data> {
  const { data, error, response } = await call;
  if (isPromised(data, response)) return data;
  throw new GatewayError(response.status, bodyOf(error), response.headers.get("retry-after"));
}
