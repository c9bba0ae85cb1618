// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.report;

import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The last report of each instance, asked for in the background, so that an instance that doesn't
/// answer never holds up a pass.
///
/// Each instance has a virtual thread of its own that asks at the cluster's pace: quickly while
/// something is under way, seldom while all is well.
public final class Reports implements AutoCloseable {
  private final StatusClient client;
  private final Courier courier;
  private final Map<Key, Map<String, Asker>> clusters = new ConcurrentHashMap<>();
  private final Consumer<Key> changed;

  /// @param changed is told of a cluster one of whose instances reported something new
  /// @param key by which the instances know this operator
  /// @param program that instances may be given; null: none
  public Reports(
      Consumer<Key> changed,
      OperatorKey key,
      @Nullable ManagerProgram program,
      InstantSource clock) {
    this.changed = changed;
    this.client = new StatusClient(key);
    this.courier = new Courier(client, program, clock);
  }

  /// The last reports of a cluster, by the UID of the pod.
  public Map<String, InstanceReport> of(Key cluster) {
    var reports = new HashMap<String, InstanceReport>();
    clusters
        .getOrDefault(cluster, Map.of())
        .forEach((uid, asker) -> {
          InstanceReport last = asker.last;
          if (last != null) {
            reports.put(uid, last.updating(courier.isUnderWay(uid), courier.failure(uid)));
          }
        });
    return reports;
  }

  /// Asks one pod now; one that isn't followed is out of reach.
  ///
  /// @param pod its UID
  public InstanceReport ask(Key cluster, String pod) {
    Asker asker = clusters.getOrDefault(cluster, Map.of()).get(pod);
    try {
      return asker == null
          ? InstanceReport.unreachable("nobody knows its address")
          : client.ask(asker.address);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return InstanceReport.unreachable("interrupted");
    }
  }

  /// Says whom to ask from now on, and how often.
  ///
  /// @param addresses by the UID of the pod
  public void follow(Key cluster, Map<String, Address> addresses, Duration pace) {
    if (addresses.isEmpty()) {
      forget(cluster);
      return;
    }
    Map<String, Asker> askers = clusters.computeIfAbsent(cluster, _ -> new ConcurrentHashMap<>());
    askers
        .entrySet()
        .removeIf(entry -> {
          boolean gone = !addresses.containsKey(entry.getKey());
          if (gone) {
            entry.getValue().stop();
            courier.forget(entry.getKey());
          }
          return gone;
        });
    addresses.forEach((uid, address) ->
        askers.computeIfAbsent(uid, _ -> new Asker(cluster, address)).pace(address, pace));
  }

  /// Begins to send the instance manager's program to an instance.
  ///
  /// @param pod its UID
  public void update(Key cluster, String pod) {
    Asker asker = clusters.getOrDefault(cluster, Map.of()).get(pod);
    if (asker != null) {
      courier.send(
          pod,
          asker.address,
          () -> {
            asker.poke();
            changed.accept(cluster);
          });
    }
  }

  /// Asks all instances of a cluster now.
  public void poke(Key cluster) {
    clusters.getOrDefault(cluster, Map.of()).values().forEach(Asker::poke);
  }

  /// Asks nobody of this cluster any more.
  public void forget(Key cluster) {
    Map<String, Asker> askers = clusters.remove(cluster);
    if (askers != null) {
      askers.values().forEach(Asker::stop);
    }
  }

  @Override
  public void close() {
    clusters.keySet().forEach(this::forget);
    client.close();
  }

  private final class Asker {
    private final Key cluster;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wake = lock.newCondition();
    private final Thread thread;
    private volatile Address address;
    private volatile @Nullable InstanceReport last;
    private volatile Duration pace = Duration.ofSeconds(1);
    private boolean poked;

    Asker(Key cluster, Address address) {
      this.cluster = cluster;
      this.address = address;
      this.thread = Thread.ofVirtual().name("ask-" + address.host()).start(this::run);
    }

    void pace(Address newAddress, Duration newPace) {
      boolean sooner = newPace.compareTo(pace) < 0 || !newAddress.equals(address);
      address = newAddress;
      pace = newPace;
      if (sooner) {
        poke();
      }
    }

    void poke() {
      lock.lock();
      try {
        poked = true;
        wake.signalAll();
      } finally {
        lock.unlock();
      }
    }

    void stop() {
      thread.interrupt();
      client.forget(address);
    }

    private void run() {
      try {
        while (true) {
          InstanceReport report = client.ask(address);
          InstanceReport before = last;
          last = report;
          if (before == null || !before.withoutPositions().equals(report.withoutPositions())) {
            changed.accept(cluster);
          }
          rest();
        }
      } catch (InterruptedException _) {
        // stopped
      }
    }

    private void rest() throws InterruptedException {
      lock.lockInterruptibly();
      try {
        long left = pace.toNanos();
        while (!poked && left > 0) {
          left = wake.awaitNanos(left);
        }
        poked = false;
      } finally {
        lock.unlock();
      }
    }
  }
}
