// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.plan;

/// Something to tell people: it becomes an event of the Cluster, once.
///
/// @param reason one word, for machines
/// @param message what happened, what it means, what to do
public record Note(boolean warning, String reason, String message) {
  public static Note normal(String reason, String message) {
    return new Note(false, reason, message);
  }

  public static Note warning(String reason, String message) {
    return new Note(true, reason, message);
  }
}
