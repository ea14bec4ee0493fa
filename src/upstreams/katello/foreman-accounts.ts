/** Foreman's accounts: whose credentials are valid, and who is an administrator. */
import { z } from "zod";
import type { LoginRequest } from "../../model/logins.ts";
import type { Upstream } from "../upstream.ts";
import { checkTries } from "./too-many-tries.ts";

const MAX_ACCOUNT_BYTES = 262_144;

/** `effective_admin` is true for a member of a user group of administrators, too; older versions lack it. */
const AccountReply = z.object({
  admin: z.boolean().nullish(),
  effective_admin: z.boolean().nullish(),
});

/** An account of Foreman. */
export interface ForemanAccount {
  readonly isAdministrator: boolean;
}

/** Client of Foreman's API for its users. */
export class ForemanAccounts {
  readonly #upstream: Upstream;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /**
   * Returns the account that the credentials belong to; undefined if Foreman refuses them.
   * @throws RegistryError UNAVAILABLE if Foreman sends no usable reply, or refuses every login of this address
   */
  async find({ authorization, requestId, address }: LoginRequest): Promise<ForemanAccount | undefined> {
    const upstream = this.#upstream;
    const reply = await upstream.request({
      method: "GET",
      path: "/api/v2/current_user",
      headers: {
        accept: "application/json",
        "accept-language": "en",
        authorization,
        "x-request-id": requestId,
        ...(address === undefined ? {} : { "x-forwarded-for": address }),
      },
      caller: address,
    });
    const text = await upstream.text(reply, MAX_ACCOUNT_BYTES);
    if (reply.status === 401) {
      checkTries(text);
      return undefined;
    }
    if (reply.status === 403) return { isAdministrator: false };
    if (reply.status !== 200) throw upstream.unusable(`replies ${reply.status} to the question who logs in`);
    const account = AccountReply.safeParse(parsed(text));
    if (!account.success) throw upstream.unusable("does not reply with an account");
    const { admin, effective_admin } = account.data;
    return { isAdministrator: admin === true || effective_admin === true };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
