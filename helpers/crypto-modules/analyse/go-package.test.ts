import { expect, it } from 'vitest'
import { packageOf } from './go-package.ts'

it.each([
  ['crypto/internal/boring.init.0', 'crypto/internal/boring'],
  ['golang.org/x/crypto/chacha20poly1305.(*chacha20poly1305).Seal', 'golang.org/x/crypto/chacha20poly1305'],
  ['gopkg.in/yaml%2ev3.Unmarshal', 'gopkg.in/yaml%2ev3'],
  ['main.map[go.shape/x.T].f', 'main'],
  ['main.call[a/b.T].func(c/d.U)', 'main'],
  ['memcpy', 'memcpy'],
])('%s belongs to package %s', (name, path) => expect(packageOf(name)).toBe(path))
