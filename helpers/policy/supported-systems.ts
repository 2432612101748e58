/** An operating system for which the FIPS distributions of Kubernetes document FIPS mode. `id` as in os-release(5). */
export type SupportedSystem = { id: string; name: string; source: string }

/** As of 2026-11-22. The settings of a run may add to it; nothing else is on it. */
export const supportedSystems: readonly SupportedSystem[] = [
  { id: 'rhel', name: 'Red Hat Enterprise Linux', source: 'Konvoy and DKP, FIPS 140 support' },
  { id: 'centos', name: 'CentOS', source: 'Konvoy and DKP, FIPS 140 support' },
]

/** Names in ID_LIKE by which a rebuild says that it belongs to that family (os-release(5)). */
export const supportedFamily: readonly string[] = ['rhel', 'centos']
