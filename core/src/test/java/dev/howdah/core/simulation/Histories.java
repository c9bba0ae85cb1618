// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import java.util.Arrays;

/// The tree of histories of the write-ahead log. A branch is what one promotion began: it has a
/// parent, the position where it left it, and the timeline number that the server shows. A log is a
/// branch and a length; entries up to the fork are the parent's.
///
/// Two promotions that were wrongly given the same timeline number are still two branches here.
final class Histories {
  private int[] parents = new int[16];
  private int[] forks = new int[16];
  private int[] timelines = new int[16];

  /// Highest position of the branch whose commit was acknowledged for good; 0: none.
  private int[] acknowledged = new int[16];

  private int count;

  /// @return the new branch
  int begin(int parent, int fork, int timeline) {
    if (count == parents.length) {
      parents = Arrays.copyOf(parents, count * 2);
      forks = Arrays.copyOf(forks, count * 2);
      timelines = Arrays.copyOf(timelines, count * 2);
      acknowledged = Arrays.copyOf(acknowledged, count * 2);
    }
    parents[count] = parent;
    forks[count] = fork;
    timelines[count] = timeline;
    acknowledged[count] = 0;
    return count++;
  }

  int count() {
    return count;
  }

  int timeline(int branch) {
    return timelines[branch];
  }

  int parent(int branch) {
    return parents[branch];
  }

  int fork(int branch) {
    return forks[branch];
  }

  int acknowledged(int branch) {
    return acknowledged[branch];
  }

  void acknowledge(int branch, int position) {
    if (position > acknowledged[branch]) {
      acknowledged[branch] = position;
    }
  }

  void forgetAcknowledged() {
    Arrays.fill(acknowledged, 0, count, 0);
  }

  /// The branch that the entry at `length` belongs to, seen from `branch`.
  int branchAt(int branch, int length) {
    int at = branch;
    while (parents[at] >= 0 && length <= forks[at]) {
      at = parents[at];
    }
    return at;
  }

  /// How much two logs have in common.
  int common(int branchA, int lengthA, int branchB, int lengthB) {
    int a = branchA;
    int b = branchB;
    int endA = lengthA;
    int endB = lengthB;
    while (a != b) {
      if (a > b) {
        endA = Math.min(endA, forks[a]);
        a = parents[a];
      } else {
        endB = Math.min(endB, forks[b]);
        b = parents[b];
      }
    }
    return Math.min(endA, endB);
  }

  /// Whether the log (branch, length) has the entry that `of` has at `position`.
  boolean has(int branch, int length, int of, int position) {
    return common(branch, length, of, position) >= position;
  }
}
