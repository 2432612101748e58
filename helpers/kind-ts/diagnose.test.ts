import { describe, expect, test } from 'vitest'
import { diagnose } from './diagnose.ts'

// kind's own lines were recorded with kind v0.33.0: against Docker 20.10, and, where a node would have been made, against a stand-in
// for the docker CLI that prints what Docker, runc and kubeadm print in such a case.
const creating =
  'Creating cluster "kts" ...\n • Ensuring node image (x:y) 🖼️  ...\n ✓ Ensuring node image (x:y) 🖼️\n • Preparing nodes 📦   ...\n'
const dockerRun = (output: string) =>
  `${creating} ✗ Preparing nodes 📦 \nERROR: failed to create cluster: command "docker run --name kts-control-plane --privileged --volume /var --detach --tty --publish=127.0.0.1:34425:6443/TCP x:y" failed with error: exit status 125\n\nCommand Output: 924bc56918b8465a17a7466120491f666d53213fd2232c860198b367669b332b\n${output}\n`
const dockerExec = (verb: 'init' | 'join', output: string) =>
  `${creating} ✓ Preparing nodes 📦 \n • Starting control-plane 🕹️  ...\n ✗ Starting control-plane 🕹️\nDeleted nodes: ["kts-control-plane"]\nERROR: failed to create cluster: failed to ${verb} node with kubeadm: command "docker exec --privileged kts-control-plane kubeadm ${verb} --config=/kind/kubeadm.conf --skip-token-print --v=6" failed with error: exit status 1\n\nCommand Output: ${output}\n`

describe('image-missing', () => {
  test('the node image cannot be pulled', () => {
    const found = diagnose(
      'Creating cluster "kts-a" ...\n • Ensuring node image (registry.invalid/node:none) 🖼️  ...\n ✗ Ensuring node image (registry.invalid/node:none) 🖼️\nERROR: failed to create cluster: failed to pull image "registry.invalid/node:none": command "docker pull registry.invalid/node:none" failed with error: exit status 1\n\nCommand Output: Error response from daemon: Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid on 192.0.2.53:53: no such host\n',
    )
    expect(found.cause).toBe('image-missing')
    expect(found.sentence).toMatch(/^the image registry\.invalid\/node:none is not here.*no such host$/)
  })

  test('load docker-image: Docker does not have it', () => {
    expect(diagnose('ERROR: image: "nope:1" not present locally\n')).toEqual({
      cause: 'image-missing',
      sentence: 'the image nope:1 is not here and could not be had',
    })
  })

  test('the load balancer of several control planes cannot be pulled by docker run', () => {
    const found = diagnose(
      dockerRun(
        "Unable to find image 'envoyproxy/envoy:v1.36.2' locally\ndocker: Error response from daemon: pull access denied for envoyproxy/envoy, repository does not exist.",
      ),
    )
    expect(found).toMatchObject({ cause: 'image-missing', sentence: expect.stringContaining('envoyproxy/envoy:v1.36.2') })
  })
})

describe('port-taken', () => {
  test.each([
    // Docker 20.10, 28, and rootless Podman's helper.
    'docker: Error response from daemon: driver failed programming external connectivity on endpoint kts-control-plane (8c0e9e5b7c1b): Bind for 0.0.0.0:80 failed: port is already allocated.',
    'docker: Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint kts-control-plane (8c0e9e5b7c1b): failed to bind host port for 0.0.0.0:80:172.18.0.2:80/tcp: address already in use',
    'docker: Error response from daemon: driver failed programming external connectivity on endpoint kts-control-plane (8c0e9e5b7c1b): Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use.',
    'Error: rootlessport listen tcp 0.0.0.0:80: bind: address already in use',
  ])('%s', (line) => {
    const found = diagnose(dockerRun(line))
    expect(found.cause).toBe('port-taken')
    expect(found.sentence).toContain('0.0.0.0:80')
  })

  test('counts for more than docker run having pulled an image first', () => {
    expect(diagnose(dockerRun("Unable to find image 'x:y' locally\nBind for 0.0.0.0:80 failed: port is already allocated")).cause).toBe(
      'port-taken',
    )
  })
})

describe('name-taken', () => {
  test('kind sees the cluster', () => {
    expect(diagnose('ERROR: failed to create cluster: node(s) already exist for a cluster with the name "kts"\n')).toEqual({
      cause: 'name-taken',
      sentence: 'there is already a cluster with the name kts',
    })
  })

  test('a container that is not kind’s has the name', () => {
    const conflict =
      'docker: Error response from daemon: Conflict. The container name "/kts-control-plane" is already in use by container "924bc56918b8". You have to remove (or rename) that container to be able to reuse that name.'
    expect(diagnose(dockerRun(conflict))).toMatchObject({ cause: 'name-taken', sentence: expect.stringMatching(/ kts-control-plane$/) })
  })
})

describe('node-exited', () => {
  test('the log ended, or 30 seconds went by, without the line of a booted system', () => {
    const stderr = `${creating} ✗ Preparing nodes 📦 \nDeleted nodes: ["kts-control-plane"]\nERROR: failed to create cluster: could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"\n`
    expect(diagnose(stderr).cause).toBe('node-exited')
  })

  const notRunning = 'Error response from daemon: Container 924bc56918b8465a17a7466120491f666d53213fd2232c860198b367669b332b is not running'

  test('it ended a little later', () => {
    const stderr = `ERROR: failed to create cluster: failed to generate kubeadm config content: failed to get kubernetes version from node: failed to get file: command "docker exec --privileged kts-control-plane cat /kind/version" failed with error: exit status 1\n\nCommand Output: ${notRunning}\n`
    expect(diagnose(stderr).cause).toBe('node-exited')
  })

  test('it took kubeadm with it', () => {
    expect(diagnose(dockerExec('init', notRunning)).cause).toBe('node-exited')
  })
})

describe('kubeadm-failed', () => {
  const klog = (text: string) => `I1122 16:50:05.577337     164 manifests.go:103] ${text}`
  const begun = `${klog('loading configuration from "/kind/kubeadm.conf"')}\n[init] Using Kubernetes version: v1.36.3\n[certs] Using certificateDir folder "/etc/kubernetes/pki"`

  test('init, with the phase that its runner names', () => {
    const checked = '[kubelet-check] The kubelet is not healthy after 4m0.000505443s'
    const ended =
      'could not initialize a Kubernetes cluster\nk8s.io/kubernetes/cmd/kubeadm/app/cmd.newCmdInit.func1\n\tcmd/init.go:128\nerror execution phase wait-control-plane\nk8s.io/kubernetes/cmd/kubeadm/app/cmd/phases/workflow.(*Runner).Run.func1'
    expect(diagnose(dockerExec('init', `${begun}\n${checked}\n\n${ended}`))).toEqual({
      cause: 'kubeadm-failed',
      phase: 'wait-control-plane',
      sentence: `kubeadm init failed in phase wait-control-plane, after ${checked}`,
    })
  })

  test('join, in a phase below a phase', () => {
    const found = diagnose(
      dockerExec('join', '[preflight] Running pre-flight checks\nerror execution phase control-plane-prepare/certs: no such file'),
    )
    expect(found).toMatchObject({
      cause: 'kubeadm-failed',
      phase: 'control-plane-prepare/certs',
      sentence: expect.stringMatching(/^kubeadm join failed/),
    })
  })

  test('ended without a word: the phase of the last line, also in klog’s form', () => {
    expect(diagnose(dockerExec('init', begun)).phase).toBe('certs')
    expect(diagnose(dockerExec('init', `${begun}\n${klog('[control-plane] getting StaticPodSpecs')}`)).phase).toBe('control-plane')
  })

  test('what kubeadm says of images, ports and its runtime is not kind’s own cause', () => {
    for (const said of [
      '[ERROR ImagePull]: failed to pull image "registry.k8s.io/pause:3.10"',
      '[ERROR CRI]: container runtime is not running: output: ...',
      'listen tcp :10250: bind: address already in use',
    ]) {
      expect(diagnose(dockerExec('init', `${begun}\n${said}\nerror execution phase preflight`))).toMatchObject({
        cause: 'kubeadm-failed',
        phase: 'preflight',
      })
    }
  })

  test('no output at all', () => {
    expect(diagnose(dockerExec('init', ''))).toEqual({ cause: 'kubeadm-failed', sentence: 'kubeadm init failed' })
  })
})

describe('docker-unreachable', () => {
  test.each([
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: connect: permission denied',
    'failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory',
    'error during connect: Get "http://docker.example.com/v1.51/info": command [ssh -- docker.example.com docker system dial-stdio] has exited with exit status 255',
  ])('%s', (line) => {
    const failed = `ERROR: failed to list clusters: command "docker ps -a" failed with error: exit status 1\n\nCommand Output: ${line}\n`
    expect(diagnose(failed).cause).toBe('docker-unreachable')
  })

  test('there is no docker CLI', () => {
    const stderr =
      'ERROR: failed to list clusters: command "docker ps -a --filter label=io.x-k8s.kind.cluster" failed with error: exec: "docker": executable file not found in $PATH\n\nCommand Output: \n'
    expect(diagnose(stderr)).toMatchObject({ cause: 'docker-unreachable', sentence: expect.stringContaining('executable file not found') })
  })
})

describe('caps', () => {
  test.each([
    'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: unable to apply caps: operation not permitted: unknown.',
    'docker: Error response from daemon: OCI runtime create failed: container_linux.go:380: starting container process caused: apply caps: operation not permitted: unknown.',
  ])('%s', (line) => {
    expect(diagnose(dockerRun(line)).cause).toBe('caps')
  })

  test('seen only when kubeadm was to be run in the node', () => {
    expect(
      diagnose(
        dockerExec(
          'init',
          'OCI runtime exec failed: exec failed: unable to start container process: unable to apply caps: operation not permitted',
        ),
      ).cause,
    ).toBe('caps')
  })
})

describe('config-invalid', () => {
  test.each([
    'unable to decode config: yaml: unmarshal errors:\n  line 3: field nodez not found in type v1alpha4.Cluster',
    'must have at least one control-plane node',
    'unknown apiVersion: kind.x-k8s.io/v1alpha3',
    'could not determine kind / apiVersion for config: yaml: line 2: mapping values are not allowed in this context',
    '[invalid ipFamily: x, must have at least one control-plane node]',
  ])('%s', (line) => {
    const found = diagnose(`ERROR: failed to create cluster: ${line}\n`)
    expect(found).toEqual({ cause: 'config-invalid', sentence: `kind refuses the configuration: ${line}` })
  })
})

test.each([
  'unknown cluster "nope"',
  'no nodes found for cluster "nope"',
  "could not locate any control plane nodes for cluster named 'nope'. Use the --name option to select a different cluster",
])('cluster-unknown: %s', (line) => {
  expect(diagnose(`ERROR: ${line}\n`).cause).toBe('cluster-unknown')
})

describe('unknown', () => {
  test('gives kind’s own words', () => {
    expect(
      diagnose(
        'Deleting cluster "kts" ...\nERROR: failed to delete cluster "kts": failed to lock config file: open /x.lock: file exists\n',
      ),
    ).toEqual({
      cause: 'unknown',
      sentence: 'failed to delete cluster "kts": failed to lock config file: open /x.lock: file exists',
    })
  })

  test('says so when there are none', () => {
    expect(diagnose('')).toEqual({ cause: 'unknown', sentence: 'kind failed and gave no reason' })
  })

  test('endless lines are read in no time', () => {
    const began = performance.now()
    expect(diagnose('x'.repeat(80_000)).cause).toBe('unknown')
    expect(diagnose(dockerExec('init', `[${'a'.repeat(80_000)}`)).cause).toBe('kubeadm-failed')
    expect(performance.now() - began).toBeLessThan(1000)
  })

  test('progress alone is no cause', () => {
    expect(diagnose(creating).cause).toBe('unknown')
  })
})
