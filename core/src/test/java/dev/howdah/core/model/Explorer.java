// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// Visits every state within the bounds, nearest first, so that the first loss found is a shortest
/// one. Visited states are remembered by a hash of 64 bits.
final class Explorer {
  /// @param states visited
  /// @param exhausted all of them
  /// @param loss the steps to a lost acknowledgement; empty if there is none
  record Outcome(long states, boolean exhausted, List<String> loss) {}

  private record Node(byte[] state, Node from, String step) {}

  private long[] table = new long[1 << 16];
  private int used;
  private List<String> loss = List.of();

  static Outcome explore(Bounds bounds, Weakening weak, long most) {
    return new Explorer().run(new Model(bounds, weak), most);
  }

  private Outcome run(Model model, long most) {
    var queue = new ArrayDeque<Node>();
    byte[] first = model.first();
    add(first);
    queue.add(new Node(first, null, "start"));
    long states = 1;
    while (!queue.isEmpty() && loss.isEmpty() && states < most) {
      Node node = queue.poll();
      model.successors(
          node.state(),
          (next, step) -> {
            if (step.startsWith(Model.LOSS)) {
              loss = path(new Node(next, node, step));
            } else if (add(next)) {
              queue.add(new Node(next, node, step));
            }
          });
      states = used;
    }
    return new Outcome(used, queue.isEmpty(), loss);
  }

  private static List<String> path(Node end) {
    var steps = new ArrayList<String>();
    for (Node at = end; at.from() != null; at = at.from()) {
      steps.add(at.step());
    }
    Collections.reverse(steps);
    return List.copyOf(steps);
  }

  /// @return whether it was new
  private boolean add(byte[] state) {
    long hash = hash(state);
    if (used * 3L > table.length * 2L) {
      grow();
    }
    return insert(hash);
  }

  private boolean insert(long hash) {
    int mask = table.length - 1;
    int at = (int) (hash ^ hash >>> 32) & mask;
    while (table[at] != 0) {
      if (table[at] == hash) {
        return false;
      }
      at = at + 1 & mask;
    }
    table[at] = hash;
    used++;
    return true;
  }

  private void grow() {
    long[] before = table;
    table = new long[before.length * 2];
    used = 0;
    Arrays.stream(before).filter(hash -> hash != 0).forEach(this::insert);
  }

  private static long hash(byte[] state) {
    long hash = 0x9E3779B97F4A7C15L;
    for (byte value : state) {
      hash = (hash ^ value) * 0xC2B2AE3D27D4EB4FL;
      hash ^= hash >>> 29;
    }
    hash *= 0xBF58476D1CE4E5B9L;
    hash ^= hash >>> 32;
    return hash == 0 ? 1 : hash;
  }
}
