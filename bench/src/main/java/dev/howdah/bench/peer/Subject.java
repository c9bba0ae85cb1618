// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench.peer;

import dev.howdah.e2e.fault.Hit;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// A cluster of three that keeps itself available, whoever made it.
interface Subject extends AutoCloseable {
  /// What is done to the primary: SIGKILL of PostgreSQL's first process; SIGKILL of the agent
  /// beside it; SIGSTOP of all of the node's processes; SIGKILL of all of them at once; a planned
  /// switchover.
  List<String> FAULTS = List.of("postmaster", "agent", "freeze", "power", "switchover");

  /// Has it closed when this process is told to end, too: a bench that is cut short leaves no
  /// cluster running.
  static void closeAtExit(AutoCloseable subject) {
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("close the bench's cluster")
                .unstarted(() -> {
                  try {
                    subject.close();
                  } catch (Exception e) {
                    System.err.println("not closed: " + e);
                  }
                }));
  }

  String name();

  /// To the primary, as a client would find it.
  Connection connect() throws SQLException;

  /// Waits until all three work together.
  void settle() throws Exception;

  /// The one that leads.
  String primary() throws Exception;

  /// Whether another one than this accepts writes.
  boolean isLedByAnother(String instance) throws Exception;

  /// @return what must have become of the processes if it has hit; empty for a switchover
  List<Hit> inject(String fault) throws Exception;

  /// Brings back what the fault took away, where the product leaves that to its surroundings.
  void repair(String fault) throws Exception;
}
