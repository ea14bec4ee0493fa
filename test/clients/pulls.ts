/** Commands of podman and skopeo that work with every Pulp that has the demo's images. */
import type { Row } from "./rows.ts";

const UNAUTHORIZED = /authentication required|unauthorized|requested access to the resource is denied/;

/** The commands of podman. */
export const PODMAN: readonly Row[] = [
  { when: "pulls a public image without a login", run: "pull HOST/org/public-app:latest" },
  {
    when: "is refused a private image without a login",
    run: "pull HOST/org/private-app:latest",
    code: 125,
    says: UNAUTHORIZED,
  },
  {
    when: "is refused a login with a wrong password",
    run: "login -u alice -p wrong HOST",
    code: 125,
    says: "invalid username/password",
  },
  { when: "logs in", run: "login -u alice -p secret HOST", says: "Login Succeeded!" },
  { when: "pulls a private image with the login", run: "pull HOST/org/private-app:latest" },
  {
    when: "is refused an image without a grant",
    run: "pull HOST/org/other-app:latest",
    code: 125,
    says: "repository name not known to registry",
  },
  {
    when: "is refused an image push with the reason",
    run: "push HOST/org/private-app:latest",
    code: 125,
    says: "Pushing content is unsupported",
  },
  { when: "logs out", run: "logout HOST", says: "Removed login credentials" },
  { when: "logs in as another user", run: "login -u bob -p hunter2 HOST", says: "Login Succeeded!" },
  {
    when: "is refused the private image as that user",
    run: "pull HOST/org/private-app:1.0",
    code: 125,
    says: "repository name not known to registry",
  },
  { when: "logs out again", run: "logout HOST", says: "Removed login credentials" },
];

/** The commands of skopeo. */
export const SKOPEO: readonly Row[] = [
  {
    when: "inspects a public image without a login",
    run: "inspect docker://HOST/org/public-app:latest",
    says: ['"Name": "HOST/org/public-app"', '"1.1"'],
  },
  {
    when: "is refused the tags of a private repository without a login",
    run: "list-tags docker://HOST/org/private-app",
    code: 1,
    says: UNAUTHORIZED,
  },
  {
    when: "lists the tags of a private repository",
    run: "list-tags --creds alice:secret docker://HOST/org/private-app",
    says: ['"multi"', '"docker"', '"latest"'],
  },
  {
    when: "inspects a private image",
    run: "inspect --creds alice:secret docker://HOST/org/private-app:multi",
    says: '"Architecture": "amd64"',
  },
  {
    when: "is refused the private repository as another user",
    run: "inspect --creds bob:hunter2 docker://HOST/org/private-app:latest",
    code: 1,
    says: "repository name not known to registry",
  },
  {
    when: "is refused an image push with the reason",
    run: "copy --src-creds alice:secret --dest-creds alice:secret docker://HOST/org/private-app:1.0 docker://HOST/org/private-app:new",
    code: 1,
    says: "Pushing content is unsupported",
  },
];
