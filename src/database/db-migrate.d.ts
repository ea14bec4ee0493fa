/** Types of the used part of db-migrate, which has none of its own. */
declare module "db-migrate" {
  export interface Migrations {
    readonly config: { getCurrent(): { readonly settings: object } };
    silence(quiet: boolean): void;
    up(): Promise<unknown>;
  }
  const api: {
    getInstance(
      isModule: true,
      options: {
        readonly cwd: string;
        readonly env: string;
        readonly config: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
        readonly throwUncatched: boolean;
        readonly cmdOptions: Readonly<Record<string, string>>;
        readonly noPlugins: boolean;
      },
    ): Migrations;
  };
  export default api;
}
