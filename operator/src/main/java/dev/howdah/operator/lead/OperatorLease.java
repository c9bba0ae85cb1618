// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.lead;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import dev.howdah.kube.WatchEvent;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps this operator the only one that acts: a Lease that is renewed, and a permit that ends
/// before anybody else may take it.
///
/// The permit counts from before each renewal was sent, on this machine's own clock; no clock of
/// another machine is ever compared. Whoever wants the Lease of another waits until it has not
/// changed for its whole duration.
public final class OperatorLease implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorLease.class);
  private static final DateTimeFormatter MICRO_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private static final int TRIES = 5;

  /// How long the Lease, the permit and the pause between two attempts are.
  public record Timing(Duration lease, Duration permit, Duration retry) {
    public static final Timing STANDARD =
        new Timing(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
  }

  private final KubeClient client;
  private final String namespace;
  private final String name;
  private final String identity;
  private final Timing timing;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final CountDownLatch acquired = new CountDownLatch(1);
  private final CountDownLatch lost = new CountDownLatch(1);
  private final Thread thread;
  private final Semaphore bell = new Semaphore(0);
  private volatile long permitUntil;
  private volatile boolean held;
  private volatile boolean closing;
  private String seenVersion = "";
  private long seenSince;

  public OperatorLease(
      KubeClient client, String namespace, String name, String identity, Timing timing) {
    this(client, namespace, name, identity, timing, InstantSource.system(), System::nanoTime);
  }

  OperatorLease(
      KubeClient client,
      String namespace,
      String name,
      String identity,
      Timing timing,
      InstantSource clock,
      LongSupplier nanos) {
    this.client = client.deadline(timing.retry());
    this.namespace = namespace;
    this.name = name;
    this.identity = identity;
    this.timing = timing;
    this.clock = clock;
    this.nanos = nanos;
    this.thread = Thread.ofVirtual().name("operator-lease").unstarted(this::run);
  }

  /// Begins to ask for the Lease.
  public OperatorLease start() {
    thread.start();
    return this;
  }

  /// Whether this operator may act at this moment.
  public boolean leads() {
    return held && permitUntil - nanos.getAsLong() > 0;
  }

  /// Waits until this operator leads for the first time.
  public void awaitLeading() throws InterruptedException {
    acquired.await();
  }

  /// Waits as long for it as this; false: it doesn't lead yet.
  public boolean awaitLeading(Duration limit) throws InterruptedException {
    return acquired.await(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Whether this operator, having led, leads no more.
  public boolean isLost() {
    return lost.getCount() == 0;
  }

  /// Waits until this operator, having led, leads no more. It never leads again: start anew.
  public void awaitLost() throws InterruptedException {
    lost.await();
  }

  /// A Lease that is given back is taken at once, not when it is looked at next.
  private void seen(WatchEvent event) {
    switch (event) {
      case WatchEvent.Upserted(var lease) -> {
        if (!held && lease.path("spec").path("holderIdentity").asText("").isEmpty()) {
          bell.release();
        }
      }
      case WatchEvent.Deleted _ -> bell.release();
      case WatchEvent.Listed _, WatchEvent.Failed _ -> {}
    }
  }

  private void run() {
    try (var _ = client.watchOne(Resource.LEASES, namespace, name, this::seen)) {
      while (!closing) {
        long before = nanos.getAsLong();
        if (attempt()) {
          permitUntil = before + timing.permit().toNanos();
          if (!held && !closing) {
            held = true;
            LOG.atInfo().addKeyValue("identity", identity).log("leading");
            acquired.countDown();
          }
        } else if (held && !leads()) {
          LOG.atWarn().addKeyValue("identity", identity).log("no longer leading");
          held = false;
          lost.countDown();
          return;
        }
        if (bell.tryAcquire(timing.retry().toNanos(), TimeUnit.NANOSECONDS)) {
          bell.drainPermits();
        }
      }
    } catch (InterruptedException _) {
      // closed
    }
  }

  private boolean attempt() {
    try {
      Optional<ObjectNode> found = client.find(Resource.LEASES, namespace, name);
      if (found.isEmpty()) {
        client.create(Resource.LEASES, filled(Json.object(Resource.LEASES, namespace, name), true));
        return true;
      }
      ObjectNode lease = found.get();
      String holder = lease.path("spec").path("holderIdentity").asText("");
      boolean mine = holder.equals(identity);
      if (held && !mine) {
        permitUntil = nanos.getAsLong(); // somebody else has it: at once
        return false;
      }
      if (!mine && !holder.isEmpty() && !expired(lease)) {
        return false;
      }
      client.update(Resource.LEASES, filled(lease, !mine));
      return true;
    } catch (KubeException e) {
      if (!e.isConflict() && !e.isAlreadyExists()) {
        LOG.atWarn().addKeyValue("cause", e.getMessage()).log("Lease neither read nor written");
      }
      return false;
    }
  }

  private boolean expired(ObjectNode lease) {
    String version = Json.resourceVersion(lease);
    long now = nanos.getAsLong();
    if (!version.equals(seenVersion)) {
      seenVersion = version;
      seenSince = now;
      return false;
    }
    int seconds = lease.path("spec").path("leaseDurationSeconds").asInt(0);
    Duration duration = seconds > 0 ? Duration.ofSeconds(seconds) : timing.lease();
    return now - seenSince > duration.toNanos();
  }

  private ObjectNode filled(ObjectNode lease, boolean taken) {
    String now = MICRO_TIME.format(clock.instant());
    ObjectNode spec = lease.withObject("/spec");
    spec.put("holderIdentity", identity);
    spec.put("leaseDurationSeconds", (int) timing.lease().toSeconds());
    spec.put("renewTime", now);
    if (taken) {
      spec.put("acquireTime", now);
      spec.put("leaseTransitions", spec.path("leaseTransitions").asInt(0) + 1);
    }
    return lease;
  }

  /// Gives the Lease back, so that another operator can go on at once. Stop acting before.
  @Override
  public void close() {
    closing = true;
    thread.interrupt();
    if (!held) {
      return;
    }
    held = false;
    for (int i = 0; i < TRIES; i++) {
      try {
        giveBack();
        return;
      } catch (KubeException e) { // such as a conflict with a renewal that was under way
        LOG.atInfo().addKeyValue("cause", e.getMessage()).log("Lease not given back");
        if (!e.isConflict() && !e.isTransient()) {
          return;
        }
      }
    }
  }

  private void giveBack() {
    Optional<ObjectNode> found = client.find(Resource.LEASES, namespace, name);
    if (found.isPresent()
        && found.get().path("spec").path("holderIdentity").asText("").equals(identity)) {
      ObjectNode lease = found.get();
      lease.withObject("/spec").put("holderIdentity", "").put("leaseDurationSeconds", 1);
      client.update(Resource.LEASES, lease);
    }
  }
}
