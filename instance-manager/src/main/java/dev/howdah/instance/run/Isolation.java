// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.State;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.instance.cluster.ClusterSource;
import dev.howdah.instance.http.Reply;
import dev.howdah.instance.lead.Peers;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// The liveness probe's question whether the primary is cut off
/// (`spec.probes.liveness.isolationCheck`).
///
/// Safety never rests on it: the guard has killed PostgreSQL long before kubelet acts. It makes
/// kubelet start a container anew that is alone in the world.
final class Isolation {
  static final String PATH = "/failsafe";

  private final String pod;
  private final ClusterSource cluster;
  private final Peers peers;
  private final Supplier<State> state;

  Isolation(String pod, ClusterSource cluster, Peers peers, Supplier<State> state) {
    this.pod = pod;
    this.cluster = cluster;
    this.peers = peers;
    this.state = state;
  }

  /// The rule. While the API server answers, nobody is isolated, nor is the only instance. Else,
  /// with synchronous standbys, a primary that reaches W of the N voters is not: the N - W others
  /// are one too few to elect anybody. Without, one that reaches any other instance is not.
  static boolean isIsolated(boolean apiAnswers, Set<String> others, Set<String> reached, Quorum q) {
    if (apiAnswers || others.isEmpty()) {
      return false;
    }
    if (q.voters().isEmpty()) {
      return reached.isEmpty();
    }
    long voters = q.voters().stream().map(Member::name).filter(reached::contains).count();
    return voters < q.acknowledgements();
  }

  Reply check() throws InterruptedException {
    JsonNode settings =
        cluster.current().path("spec").path("probes").path("liveness").path("isolationCheck");
    State now = state.get();
    LeaseRecord lease = now.leaseRecord();
    boolean answers = now.failingSince() == 0;
    if (lease == null
        || answers
        || !lease.owner().name().equals(pod)
        || !settings.path("enabled").asBoolean(true)) {
      return Reply.ok();
    }
    Set<String> others = new HashSet<>();
    for (Member member : lease.members()) {
      if (!member.name().equals(pod)) {
        others.add(member.name());
      }
    }
    Set<String> reached = reached(others, settings.path("requestTimeout").asInt(1000));
    return isIsolated(false, others, reached, lease.quorum())
        ? Reply.failed(
            "isolated: the API server doesn't answer, and of %s only %s do"
                .formatted(others, reached))
        : Reply.ok();
  }

  private Set<String> reached(Set<String> others, int millis) throws InterruptedException {
    Set<String> reached = ConcurrentHashMap.newKeySet();
    var asked = new CountDownLatch(others.size());
    for (String other : others) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              if (peers.fetch(other, PATH).isPresent()) {
                reached.add(other);
              }
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            } finally {
              asked.countDown();
            }
          });
    }
    asked.await(millis, TimeUnit.MILLISECONDS);
    return Set.copyOf(reached);
  }
}
