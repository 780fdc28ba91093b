/** Names of Services begin with a letter and hold 63 characters; a job's name is put behind this one, so that it is shorter. */
const mostOfCampaign = 40;

/** A campaign's name as the first part of names of Kubernetes: small letters, digits and hyphens, a letter first. */
export function kubernetesName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const begun = /^[a-z]/.test(plain) ? plain : `c-${plain}`;
  return begun.slice(0, mostOfCampaign).replaceAll(/-+$/g, "");
}

/** Label of all objects of one job. */
export const jobLabel = "flexbench/job";
/** Label of the pods of a server, which its Service finds them by. */
export const serverLabel = "flexbench/server";

/** Labels of all objects of a campaign, by which they are found and cleared away. */
export function labelsOf(campaign: string): Record<string, string> {
  return { "app.kubernetes.io/name": "flexbench", "flexbench/campaign": campaign };
}

/** Labels as kubectl selects by them. */
export function selectorOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}
