// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Clients on both sides of a cut around a node: on the node those that write to its instance, on
/// another node those that write to the others and to this one.
final class Sides implements AutoCloseable {
  private final List<SideWriter> writers = new ArrayList<>();
  private final List<SideWriter> local = new ArrayList<>();

  private Sides() {}

  static Sides around(Database database, String node) throws Exception {
    var sides = new Sides();
    SideWriter.prepare(database);
    String outside = database.nodeOf(database.standby());
    for (String instance : database.pods().keySet()) {
      String from = database.nodeOf(instance).equals(node) ? node : outside;
      for (SideWriter.Kind kind : SideWriter.Kind.values()) {
        var writer = SideWriter.start(database, from, instance, kind);
        sides.writers.add(writer);
        if (kind == SideWriter.Kind.LOCAL) {
          sides.local.add(writer);
        }
      }
    }
    Programs.await(
        "the primary takes rows",
        Duration.ofSeconds(30),
        () -> sides.writers.stream().filter(w -> !w.accepted().isEmpty()).count() == 2);
    return sides;
  }

  private int acknowledged() {
    return writers.stream()
        .filter(w -> !local.contains(w))
        .mapToInt(w -> w.accepted().size())
        .sum();
  }

  /// Waits until some instance acknowledges durable rows from now on.
  void someoneTakesRows(Duration deadline) throws InterruptedException {
    int before = acknowledged();
    Programs.await("rows are acknowledged", deadline, () -> acknowledged() > before);
  }

  void stop() throws InterruptedException {
    for (SideWriter writer : writers) {
      writer.close();
    }
  }

  /// Checks that no two instances took writes at the same time, and that nothing which was
  /// acknowledged is missing.
  String judge(Database database) throws Exception {
    assertThat(SideWriter.together(local)).as("two writable instances").isEmpty();
    long lost = 0;
    for (SideWriter writer : writers) {
      if (!local.contains(writer)) {
        lost += writer.lost(database);
      }
    }
    assertThat(lost).as("acknowledged rows on either side that are missing").isZero();
    return "both sides written to all the time, %d rows acknowledged, all kept, never two writable instances"
        .formatted(acknowledged());
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
