/** A frozen state of Go's own module, as the go command offers it by GOFIPS140 (Go source, `lib/fips140/`, `src/cmd/go/internal/fips140/fips140.go`). */
export type NativeSnapshot = {
  /** As it stands in the paths of its packages, in build info, and in `go-native-<version>`. */
  version: string
  /** The build tag that the go command adds for it. */
  tag: string
  /** CMVP certificate; absent where there is none. */
  certificate?: number
  /** SHA-256 of the toolchain's archive of it (`lib/fips140/fips140.sum`), hex. */
  archive: string
  remark?: string
}

/** As of 2026-11-22. Archives: Go 1.24.0, 1.26.8 and 1.27.3. Certificates: go.dev/doc/security/fips140. */
export const nativeSnapshots: readonly NativeSnapshot[] = [
  {
    version: 'v1.0.0',
    tag: 'fips140v1.0',
    archive: 'b50508feaeff05d22516b21e1fd210bbf5d6a1e422eaf2cfa23fe379342713b8',
    remark: 'the first state of v1.0.0, before it was sealed again as v1.0.0-c2097c7c for its certificate; the two differ in their code',
  },
  {
    version: 'v1.0.0-c2097c7c',
    tag: 'fips140v1.0',
    certificate: 5247,
    archive: 'daf3614e0406f67ae6323c902db3f953a1effb199142362a039e7526dfb9368b',
  },
  {
    version: 'v1.26.0',
    tag: 'fips140v1.26',
    archive: '9b28f847fdf1db4a36cb2b2f8ec09443c039383f085630a03ecfaddf6db7ea23',
    remark: 'on the list of modules in process, without a certificate as of 2026-10-19',
  },
]

export const snapshotOf = (version: string): NativeSnapshot | undefined => nativeSnapshots.find((each) => each.version === version)

export const inTreeModule = 'go-native-in-tree'

export const nativeModule = (version: string): string => `go-native-${version}`

/** Functions of the module's root package that the runtime provides, whatever the snapshot: they alone are never renamed. */
export const runtimeProvided: readonly string[] = [
  'crypto/internal/fips140.fatal',
  'crypto/internal/fips140.getIndicator',
  'crypto/internal/fips140.setIndicator',
]

/** Functions of assembly inside the module's text whose names bear no package; the same in Go 1.24 to 1.27 and in all snapshots (`TEXT name<>` in `*.s` of the module). */
export const assemblyLabels = /^(?:_expand_key_(?:128|192a|192b|256a|256b)|p256(?:IsZero|MulInternal|SqrInternal|SubInternal)|addMulVVWx)$/

/** Packages through which Go toolchains of other makers call OpenSSL. */
export const opensslBackends: readonly string[] = [
  'vendor/github.com/golang-fips/openssl',
  'vendor/github.com/microsoft/go-crypto-openssl',
  'github.com/golang-fips/openssl',
  'github.com/microsoft/go-crypto-openssl',
]
