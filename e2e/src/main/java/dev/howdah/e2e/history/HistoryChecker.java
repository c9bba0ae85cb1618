// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.history;

import dev.howdah.e2e.history.Operation.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Judges what clients saw against what is there in the end.
///
/// Lists only grow and each value is unique. So every list that was ever read has to be a beginning
/// of every later one: what is missing was lost, what differs was written by a second primary.
public final class HistoryChecker {
  private HistoryChecker() {}

  /// Everything that is wrong; empty when nothing is.
  ///
  /// @param finalLists each key's list, read when all was over
  public static List<String> check(List<Operation> history, Map<Integer, List<Long>> finalLists) {
    var problems = new ArrayList<String>();
    Map<Long, Operation> byValue = new HashMap<>();
    for (Operation operation : history) {
      byValue.put(operation.value(), operation);
    }
    finalLists.forEach((key, list) -> strangers(key, list, byValue, problems));
    for (Operation operation : history) {
      if (operation.outcome() == Outcome.OK) {
        acknowledged(operation, finalLists.getOrDefault(operation.key(), List.of()), problems);
      }
    }
    inOrder(history, finalLists, problems);
    return List.copyOf(problems);
  }

  private static void strangers(
      int key, List<Long> list, Map<Long, Operation> byValue, List<String> problems) {
    Set<Long> once = new HashSet<>();
    for (Long value : list) {
      Operation operation = byValue.get(value);
      if (!once.add(value)) {
        problems.add("duplicated: %d is in list %d twice".formatted(value, key));
      } else if (operation == null) {
        problems.add("invented: %d in list %d was never written".formatted(value, key));
      } else if (operation.outcome() == Outcome.FAILED) {
        problems.add("resurrected: %d in list %d had failed".formatted(value, key));
      } else if (operation.key() != key) {
        problems.add(
            "misplaced: %d in list %d was for list %d".formatted(value, key, operation.key()));
      }
    }
  }

  private static void acknowledged(Operation operation, List<Long> list, List<String> problems) {
    List<Long> seen = operation.seen();
    if (!list.contains(operation.value())) {
      problems.add(
          "lost: %d was acknowledged for list %d".formatted(operation.value(), operation.key()));
    } else if (!seen.isEmpty() && !isBeginning(seen, list)) {
      problems.add(
          "forked: list %d was seen as %s and ended as %s"
              .formatted(operation.key(), tail(seen), tail(list)));
    }
  }

  /// An append that was acknowledged before another began comes before it.
  private static void inOrder(
      List<Operation> history, Map<Integer, List<Long>> finalLists, List<String> problems) {
    Map<Integer, List<Operation>> byKey = new HashMap<>();
    for (Operation operation : history) {
      if (operation.outcome() == Outcome.OK) {
        byKey.computeIfAbsent(operation.key(), _ -> new ArrayList<>()).add(operation);
      }
    }
    byKey.forEach((key, operations) -> {
      Map<Long, Integer> positions = new HashMap<>();
      List<Long> list = finalLists.getOrDefault(key, List.of());
      for (int i = 0; i < list.size(); i++) {
        positions.put(list.get(i), i);
      }
      operations.sort((one, other) -> Long.compare(one.ended(), other.ended()));
      var byBegin = new ArrayList<>(operations);
      byBegin.sort((one, other) -> Long.compare(one.began(), other.began()));
      int next = 0;
      int furthest = -1;
      for (Operation later : byBegin) {
        while (next < operations.size() && operations.get(next).ended() < later.began()) {
          furthest = Math.max(furthest, positions.getOrDefault(operations.get(next).value(), -1));
          next++;
        }
        int at = positions.getOrDefault(later.value(), Integer.MAX_VALUE);
        if (at < furthest) {
          problems.add(
              "reordered: %d in list %d comes before one acknowledged earlier"
                  .formatted(later.value(), key));
        }
      }
    });
  }

  private static boolean isBeginning(List<Long> seen, List<Long> list) {
    return seen.size() <= list.size() && seen.equals(list.subList(0, seen.size()));
  }

  private static String tail(List<Long> list) {
    int from = Math.max(0, list.size() - 5);
    return (from > 0 ? "…" : "") + list.subList(from, list.size());
  }
}
