import { describe, expect, it } from 'vitest'
import { FipsConformanceError } from '../../errors/error.ts'
import { caHashOf, isTooSlow } from './form-cluster.ts'

// Made by: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ca -days 36500
const certificate = `-----BEGIN CERTIFICATE-----
MIIBcjCCARegAwIBAgIUTYrGcPIkkpspiMLzwghTjKRSCwAwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCY2EwIBcNMjYxMTIzMDM0ODA3WhgPMjEyNjEwMzAwMzQ4MDda
MA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvFprfIgj
TQMeHZ8oEs7TPnE3eqCLmjox7eQ8PHWmC9AfIq5sFF1UGJ8c5c8tj8f0PiJljNNm
5cE6HkevI3G0m6NTMFEwHQYDVR0OBBYEFDDaRB8MTXbDmPxRizWctRQ0GgwWMB8G
A1UdIwQYMBaAFDDaRB8MTXbDmPxRizWctRQ0GgwWMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSQAwRgIhAOKhG3D9XpRJHwNV1G37AnBN/zatpifT6vPDcbIt
S+ncAiEAvONJZEX7rNPU9rB/Do/azOHeXiYPuWjQW5NamxWeT+U=
-----END CERTIFICATE-----
`

describe('caHashOf', () => {
  it('is what openssl makes of the public key', () => {
    // openssl x509 -pubkey -noout -in ca.crt | openssl pkey -pubin -outform der | openssl dgst -sha256 -r
    expect(caHashOf(certificate)).toBe('sha256:6e67de1561f4c68154e6336232a5db6cd1e1339ff1e483ab5585e8bb91088c05')
  })
})

describe('isTooSlow', () => {
  const failed = (why: string, code = 'NODE_COMMAND_FAILED') => new FipsConformanceError({ code, what: 'sh failed', why, exit: 3 })

  it('knows the words of kubeadm, and takes nothing else for slowness', () => {
    expect(isTooSlow(failed('error execution phase kubelet-start: could not download: context deadline exceeded'))).toBe(true)
    expect(isTooSlow(failed('net/http: TLS handshake timeout'))).toBe(true)
    expect(isTooSlow(failed('couldn’t validate the identity of the API Server: certificate is not pinned'))).toBe(false)
    expect(isTooSlow(failed('context deadline exceeded', 'NODE_UNREACHABLE'))).toBe(false)
    expect(isTooSlow(new Error('context deadline exceeded'))).toBe(false)
  })
})
