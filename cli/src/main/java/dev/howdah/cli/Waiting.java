// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import java.time.Duration;
import picocli.CommandLine.Option;

/// Options of every command that asks for something and sees to its end.
final class Waiting {
  @Option(names = "--no-wait", description = "Only ask for it; don't wait for its end.")
  private boolean leave;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "86400",
      description =
          "How many seconds to wait (default: 86400, a day); what was asked for goes on after that.")
  private long timeout;

  boolean leaves() {
    return leave;
  }

  Following following(KubeClient client, Resource resource) {
    return new Following(client, resource, Duration.ofSeconds(timeout));
  }
}
