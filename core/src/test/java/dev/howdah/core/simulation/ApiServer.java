// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.ClusterView;
import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.LeaseAnswer;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.SafetyRule;
import dev.howdah.core.leadership.WriteOutcome;
import dev.howdah.core.sync.SyncSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The Lease and the Cluster behind a compare-and-swap, with watches that may be late.
final class ApiServer {
  private static final String[] VERSIONS = new String[2048];

  static {
    for (int i = 0; i < VERSIONS.length; i++) {
      VERSIONS[i] = Integer.toString(i);
    }
  }

  ClusterView cluster = ClusterView.UNKNOWN;
  int down;
  int flaky;
  int staleWatch;

  private final World world;
  private @Nullable LeaseRecord lease;
  private int version;

  /// The Lease as it was before somebody turned it back.
  private @Nullable LeaseRecord genuine;

  private final List<LeaseRecord> snapshots = new ArrayList<>();

  ApiServer(World world) {
    this.world = world;
  }

  @Nullable LeaseRecord lease() {
    return lease;
  }

  String version() {
    return version < VERSIONS.length ? VERSIONS[version] : Integer.toString(version);
  }

  void put(@Nullable LeaseRecord record) {
    boolean news = world.trace != null && !Words.saysTheSame(lease, record);
    if (record != null && (lease == null || lease.generation() != record.generation())) {
      snapshots.add(record);
    }
    lease = record;
    version++;
    if (news) {
      world.trace("api", "lease " + version() + ": " + Words.of(record));
    }
    String seen = version();
    for (Node node : world.nodes) {
      if (node != null && world.reachesApi(node.index) && down == 0) {
        world.after(
            watchDelay(),
            () -> {
              if (world.reachesApi(node.index)) {
                node.feed(new Event.LeaseChanged(seen));
              }
            });
      }
    }
  }

  // ---- calls

  /// One call: whatever comes first, the answer or the deadline.
  private abstract class Call {
    final Node node;
    final int run;
    boolean done;

    Call(Node node) {
      this.node = node;
      run = node.run;
      world.after(world.settings.timings().retry(), () -> finish(timeout()));
    }

    abstract Event timeout();

    void finish(Event event) {
      if (!done) {
        done = true;
        if (node.run == run) {
          node.feed(event);
        }
      }
    }

    /// The way back.
    void answer(Event event) {
      world.after(
          delay(),
          () -> {
            if (world.reachesApi(node.index) && down == 0 && !isUnlucky(4)) {
              finish(event);
            }
          });
    }
  }

  /// How late a watch is.
  long watchDelay() {
    return staleWatch > 0 && world.random.nextInt(3) > 0
        ? world.random.nextLong(30 * World.SECOND)
        : world.latency();
  }

  long delay() {
    return flaky > 0 && world.random.nextInt(3) == 0
        ? world.random.nextLong(4 * World.SECOND)
        : world.latency();
  }

  boolean isUnlucky(int of) {
    return flaky > 0 && world.random.nextInt(of) == 0;
  }

  boolean arrives(Node node) {
    return world.reachesApi(node.index) && down == 0;
  }

  void read(Node node, long request) {
    var call =
        new Call(node) {
          @Override
          Event timeout() {
            return new Event.LeaseRead(request, new LeaseAnswer.Failed("timeout"));
          }
        };
    world.after(
        delay(),
        () -> {
          if (!arrives(node)) {
            return;
          }
          LeaseAnswer answer =
              isUnlucky(3)
                  ? new LeaseAnswer.Failed("500")
                  : lease == null
                      ? new LeaseAnswer.Absent()
                      : new LeaseAnswer.Found(lease, version());
          call.answer(new Event.LeaseRead(request, answer));
        });
  }

  void write(Node node, long request, String expected, LeaseRecord record) {
    var call =
        new Call(node) {
          @Override
          Event timeout() {
            return new Event.LeaseWritten(request, new WriteOutcome.Failed("timeout"));
          }
        };
    world.after(
        delay(),
        () -> {
          if (!arrives(node)) {
            return;
          }
          if (isUnlucky(4)) {
            call.answer(new Event.LeaseWritten(request, new WriteOutcome.Failed("503")));
            return;
          }
          WriteOutcome outcome = apply(node, expected, record);
          call.answer(
              new Event.LeaseWritten(
                  request, isUnlucky(4) ? new WriteOutcome.Failed("500") : outcome));
        });
  }

  private WriteOutcome apply(Node node, String expected, LeaseRecord record) {
    LeaseRecord before = lease;
    if (before == null) {
      return new WriteOutcome.Absent();
    }
    if (!expected.isEmpty() && !expected.equals(version())) {
      return new WriteOutcome.Conflict();
    }
    world.checker.leaseWritten(node, genuine == null ? before : genuine, record);
    genuine = null;
    put(record);
    return new WriteOutcome.Written(version());
  }

  // ---- the Cluster

  void tell(Node node) {
    ClusterView view = cluster;
    if (world.reachesApi(node.index) && down == 0) {
      world.after(world.latency(), () -> node.feed(new Event.ClusterRead(view)));
    }
  }

  private void change(ClusterView changed) {
    cluster = changed;
    if (world.trace != null) {
      world.trace("api", Words.of(new Event.ClusterRead(changed)));
    }
    for (Node node : world.nodes) {
      tell(node);
    }
  }

  /// @param by the incarnation that asked for it, perhaps over by now
  /// @return false if the Cluster is not as it was seen
  boolean announce(Node node, String by, ClusterView seen) {
    if (seen != cluster) {
      return false;
    }
    world.checker.announced(by);
    String target = cluster.targetPrimary();
    boolean settled = target.isEmpty() || target.equals(cluster.currentPrimary());
    if (!cluster.currentPrimary().equals(node.name) || settled) {
      change(
          new ClusterView(
              settled ? node.name : target,
              node.name,
              cluster.fenced(),
              cluster.instances(),
              cluster.sync()));
    }
    return true;
  }

  void switchover(String target) {
    change(
        new ClusterView(
            target,
            cluster.currentPrimary(),
            cluster.fenced(),
            cluster.instances(),
            cluster.sync()));
  }

  void fence(List<String> names) {
    change(
        new ClusterView(
            cluster.targetPrimary(),
            cluster.currentPrimary(),
            names,
            cluster.instances(),
            cluster.sync()));
  }

  void changeSync(SyncSpec sync) {
    change(
        new ClusterView(
            cluster.targetPrimary(),
            cluster.currentPrimary(),
            cluster.fenced(),
            cluster.instances(),
            sync));
  }

  // ---- the operator

  void freeFromTheDead() {
    LeaseRecord record = lease;
    if (record == null || record.isFree() || down > 0) {
      return;
    }
    boolean alive = world.nodes[World.index(record.holder())].isAlive(record.owner());
    for (Node zombie : world.zombies) {
      alive |= zombie.isAlive(record.owner());
    }
    if (!alive) {
      LeaseRecord freed = record.freedFromTheDead(record.owner().incarnation());
      put(
          world.settings.off().contains(SafetyRule.FREEING_IS_NO_NEWS)
              ? aGenerationLater(freed)
              : freed);
    }
  }

  private static LeaseRecord aGenerationLater(LeaseRecord record) {
    return new LeaseRecord(
        record.holder(),
        record.duration(),
        record.generation() + 1,
        record.term(),
        record.owner(),
        record.quorum(),
        record.members(),
        record.timeline(),
        record.reached(),
        record.position(),
        record.complete(),
        record.preferred(),
        record.dead(),
        record.fenced());
  }

  /// Whether the Lease says something else than what an instance wrote last.
  boolean isLeaseLost() {
    return genuine != null;
  }

  /// etcd is restored from a backup. An instance that has seen nothing newer than the backup has no
  /// way to know; that case is left out.
  ///
  /// @return whether that was possible What an instance wrote last, though the Lease may show an
  ///   older state or be gone.
  @Nullable LeaseRecord lastWritten() {
    return genuine == null ? lease : genuine;
  }

  boolean restoreLease() {
    LeaseRecord present = lastWritten();
    if (present == null || snapshots.isEmpty()) {
      return false;
    }
    for (Node node : world.nodes) {
      if (node.disk().durable.highestGeneration() < present.generation()) {
        return false;
      }
    }
    LeaseRecord old = snapshots.get(world.random.nextInt(snapshots.size()));
    genuine = present;
    put(old);
    return true;
  }

  /// A new Cluster, which asks this instance to become its first primary.
  void recreate(String target) {
    genuine = lastWritten();
    put(LeaseRecord.FRESH);
    change(new ClusterView(target, "", List.of(), cluster.instances(), cluster.sync()));
  }

  void deleteLease() {
    genuine = lastWritten();
    put(null);
  }

  void recreateLease() {
    if (lease == null) {
      put(LeaseRecord.FRESH);
    }
  }
}
