import { everyExecutable, executablesOf } from '../helpers/conformance/looks/executables.ts'
import { listenersOf, protocolOf } from '../helpers/conformance/looks/listeners.ts'
import { inventory, requirement } from '../helpers/conformance/requirement.ts'
import { carriesModule } from '../helpers/rules/components.ts'

requirement('FIPS-MOD-1', ({ eachSubject }) => {
  eachSubject('carries the intact module of an Active certificate', async ({ subject, node, record, judge }) => {
    // A process that is no named component counts as one only where one of its listeners serves TLS.
    for (const listener of listenersOf(subject)) await record(protocolOf(node, listener))
    await record(executablesOf(node, subject))
    await judge(carriesModule)
  })
})

// FIPS-MOD-2 holds what the nodes told here against their disks. That ends the machines, so its evidence is taken when every suite is over (helpers/conformance/outside.ts).

inventory('every program and library of the nodes and of their images, with its module', everyExecutable)
