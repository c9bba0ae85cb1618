// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Helm, which is built where there is none.
final class Helm {
  static final String OPERATOR = "../charts/howdah";
  static final String CLUSTER = "../charts/cluster";
  private static final Duration DEADLINE = Duration.ofMinutes(3);

  private Helm() {}

  static Programs.Ended run(String... words) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("./helm"));
    command.addAll(List.of(words));
    return Programs.run(DEADLINE, "", command);
  }
}
