// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import dev.howdah.podruntime.probe.Outcome;
import dev.howdah.podruntime.probe.Probe;
import dev.howdah.podruntime.probe.Prober;
import dev.howdah.podruntime.process.ContainerProcess;
import java.time.Duration;
import java.util.List;

/// What the probes of one run of a container report to.
final class Subject implements Prober.Subject {
  private final Container container;
  private final PodWorker pod;
  private final ContainerProcess process;

  Subject(Container container, PodWorker pod, ContainerProcess process) {
    this.container = container;
    this.pod = pod;
    this.process = process;
  }

  @Override
  public Outcome exec(List<String> command, Duration timeout) throws InterruptedException {
    return pod.programs().probe(container, command, timeout);
  }

  @Override
  public void started() {
    pod.post(() -> container.probed(process, true, container.state().ready()));
  }

  @Override
  public void ready(boolean ready) {
    pod.post(() -> container.probed(process, true, ready));
  }

  @Override
  public void unhealthy(Probe.Kind kind, String message) {
    pod.warn("Unhealthy", "%s probe failed: %s".formatted(kind.title(), message));
  }

  @Override
  public void hopeless(Probe probe, String message) {
    pod.post(() -> pod.endUnhealthy(container, process, probe));
  }
}
