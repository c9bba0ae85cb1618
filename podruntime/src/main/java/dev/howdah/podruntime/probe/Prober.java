// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.probe;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.podruntime.probe.Probe.Kind;
import dev.howdah.podruntime.probe.ProbeCount.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// Runs the probes of one run of a container: the startup probe until it passes, then the others.
public final class Prober implements AutoCloseable {
  /// What it asks with, and who wants to know.
  public interface Subject {
    /// Runs a program in the container.
    Outcome exec(List<String> command, Duration timeout) throws InterruptedException;

    /// The container has started: its startup probe passed, or it has none.
    void started();

    /// It is ready to serve, or no more.
    void ready(boolean ready);

    /// A probe failed, in a way that counts.
    void unhealthy(Kind kind, String message);

    /// It failed too often: the container has to be ended.
    void hopeless(Probe probe, String message);
  }

  private final JsonNode container;
  private final String podIp;
  private final Subject subject;
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  /// @param started it is known to have started (an earlier runtime found out)
  /// @param ready it is known to have been ready
  public Prober(JsonNode container, String podIp, Subject subject, boolean started, boolean ready) {
    this.container = container;
    this.podIp = podIp;
    this.subject = subject;
    run(() -> begin(started, ready));
  }

  private void begin(boolean started, boolean ready) throws InterruptedException {
    Optional<Probe> startup = Probe.of(container, Kind.STARTUP, podIp);
    if (startup.isPresent() && !started && !untilStarted(startup.get())) {
      return;
    }
    subject.started();
    Optional<Probe> liveness = Probe.of(container, Kind.LIVENESS, podIp);
    liveness.ifPresent(probe -> run(() -> live(probe)));
    Optional<Probe> readiness = Probe.of(container, Kind.READINESS, podIp);
    if (readiness.isEmpty()) {
      subject.ready(true);
      return;
    }
    if (ready) {
      subject.ready(true);
    }
    watchReadiness(readiness.get(), ready);
  }

  private boolean untilStarted(Probe probe) throws InterruptedException {
    long start = begin(probe);
    var count = ProbeCount.START;
    while (!closed) {
      Outcome outcome = ask(probe);
      count = count.after(probe, outcome.ok(), since(start));
      if (count.verdict() == Verdict.PASSED) {
        return true;
      }
      tell(probe, count, outcome);
      if (count.verdict() == Verdict.FAILED) {
        subject.hopeless(probe, outcome.message());
        return false;
      }
      Thread.sleep(count.pause(probe));
    }
    return false;
  }

  private void live(Probe probe) throws InterruptedException {
    long start = begin(probe);
    var count = ProbeCount.START;
    while (!closed) {
      Outcome outcome = ask(probe);
      count = count.after(probe, outcome.ok(), since(start));
      tell(probe, count, outcome);
      if (count.verdict() == Verdict.FAILED) {
        subject.hopeless(probe, outcome.message());
        return;
      }
      Thread.sleep(count.pause(probe));
    }
  }

  private void watchReadiness(Probe probe, boolean before) throws InterruptedException {
    long start = begin(probe);
    boolean ready = before;
    var count = ProbeCount.START;
    while (!closed) {
      Outcome outcome = ask(probe);
      count = count.after(probe, outcome.ok(), since(start));
      tell(probe, count, outcome);
      boolean now = ready ? count.verdict() != Verdict.FAILED : count.verdict() == Verdict.PASSED;
      if (now != ready) {
        ready = now;
        subject.ready(ready);
      }
      Thread.sleep(count.pause(probe));
    }
  }

  private void tell(Probe probe, ProbeCount count, Outcome outcome) {
    if (!outcome.ok() && count.counted() && !closed) {
      subject.unhealthy(probe.kind(), outcome.message());
    }
  }

  private Outcome ask(Probe probe) throws InterruptedException {
    return switch (probe.handler()) {
      case Probe.Handler.Http http -> NetworkProbe.http(http, probe.timeout());
      case Probe.Handler.Tcp tcp -> NetworkProbe.tcp(tcp, probe.timeout());
      case Probe.Handler.Exec(var command) -> subject.exec(command, probe.timeout());
    };
  }

  private static long begin(Probe probe) throws InterruptedException {
    Thread.sleep(probe.initialDelay());
    return System.nanoTime();
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @FunctionalInterface
  private interface Work {
    void run() throws InterruptedException;
  }

  private void run(Work work) {
    Thread thread =
        Thread.ofVirtual()
            .name("probe-" + container.path("name").asText())
            .unstarted(() -> {
              try {
                work.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    threads.add(thread);
    thread.start();
    if (closed) {
      thread.interrupt();
    }
  }

  /// Stops asking; what is being asked is interrupted.
  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
  }
}
