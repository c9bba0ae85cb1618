// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.leadership.Role;
import dev.howdah.instance.PodEnvironment;
import dev.howdah.instance.guard.Guard;
import dev.howdah.instance.lead.LeadershipLoop;
import dev.howdah.instance.update.Program;
import dev.howdah.instance.update.Update;
import dev.howdah.kube.EventRecorder;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Another version of the instance manager in place of this one, or this one in place of another.
record Replacement(
    PodEnvironment pod, Guard guard, EventRecorder recorder, Supplier<JsonNode> cluster) {
  private static final Logger LOG = LoggerFactory.getLogger(Replacement.class);
  private static final Duration POLL = Duration.ofMillis(50);

  /// The program that started this process.
  String launcher() {
    return pod.all().getOrDefault("HOWDAH_MANAGER", "");
  }

  private Update.Settings settings() {
    return new Update.Settings(
        pod.paths().scratch(),
        launcher(),
        Program.hashOf(pod.all().getOrDefault("HOWDAH_FAILED_UPDATE", "")));
  }

  Update update(Supplier<Set<String>> accepted, Supplier<String> busy, Update.Switcher switcher) {
    return new Update(
        settings(),
        new Update.Parts(
            guard,
            accepted,
            busy,
            switcher,
            reason ->
                recorder.warning(
                    cluster.get(),
                    "InstanceManagerUpdateFailed",
                    "%s goes on with the version it has: %s".formatted(pod.pod(), reason))));
  }

  /// Once the protocol goes on, the version before isn't needed any more.
  void adopted(LeadershipLoop loop, Duration lease) throws InterruptedException {
    long patience = System.nanoTime() + lease.toNanos();
    boolean warned = false;
    while (loop.state().role() == Role.ADOPTING || loop.state().leaseRecord() == null) {
      if (!warned && System.nanoTime() > patience) {
        // Until then, should this one die, the guard starts the version before again.
        LOG.warn("the version before stays installed until the Lease can be read");
        warned = true;
      }
      Thread.sleep(POLL);
    }
    try {
      Update.adopted(settings(), guard);
      recorder.normal(
          cluster.get(),
          "InstanceManagerUpdated",
          "%s runs another version of the instance manager; PostgreSQL was not restarted"
              .formatted(pod.pod()));
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("the version before is still installed");
    }
  }
}
