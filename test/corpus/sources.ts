// The programs of the corpus. Small ones: what they link is what tells them apart, and each set of packages is compiled for every toolchain and setting.

export type SourceName = keyof typeof sources

const main = (imports: string, body: string): string => `package main\n\n${imports}\n\nfunc main() {\n${body}\n}\n`

const hash = main('import "crypto/sha256"', '\tprintln(sha256.Sum256([]byte("text"))[0])')
const tls = main(
  'import "crypto/tls"',
  `	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{MinVersion: tls.VersionTLS12})
	if err != nil {
		println(err.Error())
		return
	}
	connection, err := listener.Accept()
	println(connection != nil, err == nil)`,
)
const fipsonly = 'package main\n\nimport _ "crypto/tls/fipsonly"\n'
const greeting = main('', '\tprintln("hello")')
const library =
  'package main\n\nimport "C"\nimport "crypto/sha256"\n\n//export Sum\nfunc Sum() byte { return sha256.Sum256([]byte("text"))[0] }\n\nfunc main() {}\n'
const plugin = 'package main\n\nimport "crypto/sha256"\n\nfunc Sum() byte { return sha256.Sum256([]byte("text"))[0] }\n'
const cgo = main(
  '// int twice(int a) { return 2 * a; }\nimport "C"\nimport "crypto/sha256"',
  '\tprintln(C.twice(21), sha256.Sum256([]byte("text"))[0])',
)
const md5 = main('import "crypto/md5"', '\tprintln(md5.Sum([]byte("text"))[0])')
const chacha = main(
  'import "golang.org/x/crypto/chacha20poly1305"',
  '\taead, err := chacha20poly1305.New(make([]byte, 32))\n\tprintln(aead != nil, err == nil)',
)
const sbox = [0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76].join(', ')
const ownCipher = `package main\n\nvar table = [...]byte{${sbox}}\n\nfunc main() { println(table[len(table)-1]) }\n`
const embedding = 'package main\n\nimport _ "embed"\n\n//go:embed module.bin\nvar module []byte\n\nfunc init() { println(len(module)) }\n'

/** Function names of other packages on functions that do nothing of the kind. */
const spoof = (first: string, second: string): string => `package main

import _ "unsafe"

//go:linkname first ${first}
//go:noinline
func first() int { return len(name) }

//go:linkname second ${second}
//go:noinline
func second() int { return 2 * len(name) }

var name = "spoof"

func init() { println(first(), second()) }
`
const boringNames = spoof('crypto/internal/boring._Cfunc__goboringcrypto_AES_encrypt', 'crypto/internal/boring.init.0')
const nativeNames = spoof('crypto/internal/fips140/v1.0.0-c2097c7c/sha256.New', 'crypto/internal/fips140/v1.0.0-c2097c7c/check.init.0')

/** Files of each program beside go.mod. `module.bin` and `module.syso` are copies of the toolchain's own object of BoringCrypto. */
export const sources = {
  hash: { 'main.go': hash },
  tls: { 'main.go': tls },
  'tls fipsonly': { 'main.go': tls, 'fips.go': fipsonly },
  none: { 'main.go': greeting },
  'none fipsonly': { 'main.go': greeting, 'fips.go': fipsonly },
  library: { 'main.go': library },
  plugin: { 'main.go': plugin },
  cgo: { 'main.go': cgo },
  md5: { 'main.go': md5 },
  'x/crypto': { 'main.go': chacha },
  'hash, own cipher': { 'main.go': hash, 'own.go': ownCipher.replace('func main()', 'func init()') },
  'own cipher': { 'main.go': ownCipher },
  'hash, off': { 'main.go': `//go:debug fips140=off\n${hash}` },
  'hash, only': { 'main.go': `//go:debug fips140=only\n${hash}` },
  'hash, boring names': { 'main.go': hash, 'spoof.go': boringNames, 'empty.s': '' },
  'hash, native names': { 'main.go': hash, 'spoof.go': nativeNames, 'empty.s': '' },
  'hash, module as data': { 'main.go': hash, 'embed.go': embedding, 'module.bin': { object: true } },
  'module linked, boring names': { 'main.go': cgo, 'spoof.go': boringNames, 'empty.s': '', 'module.syso': { object: true } },
} as const satisfies Record<string, Record<string, string | { object: true }>>
