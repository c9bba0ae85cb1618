// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import java.util.Arrays;

/// What happens when, in virtual time; first come, first served at the same instant.
final class EventQueue {
  private long[] times = new long[256];
  private long[] orders = new long[256];
  private Runnable[] actions = new Runnable[256];
  private int size;
  private long order;

  boolean isEmpty() {
    return size == 0;
  }

  long nextTime() {
    return times[0];
  }

  void add(long time, Runnable action) {
    if (size == times.length) {
      times = Arrays.copyOf(times, size * 2);
      orders = Arrays.copyOf(orders, size * 2);
      actions = Arrays.copyOf(actions, size * 2);
    }
    int at = size++;
    long mine = order++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (times[parent] <= time) {
        break;
      }
      times[at] = times[parent];
      orders[at] = orders[parent];
      actions[at] = actions[parent];
      at = parent;
    }
    times[at] = time;
    orders[at] = mine;
    actions[at] = action;
  }

  Runnable poll() {
    Runnable first = actions[0];
    size--;
    long time = times[size];
    long mine = orders[size];
    Runnable action = actions[size];
    actions[size] = null;
    int at = 0;
    int child = 1;
    while (child < size) {
      if (child + 1 < size && before(child + 1, child)) {
        child++;
      }
      if (time < times[child] || (time == times[child] && mine < orders[child])) {
        break;
      }
      times[at] = times[child];
      orders[at] = orders[child];
      actions[at] = actions[child];
      at = child;
      child = 2 * at + 1;
    }
    if (size > 0) {
      times[at] = time;
      orders[at] = mine;
      actions[at] = action;
    }
    return first;
  }

  private boolean before(int one, int other) {
    return times[one] < times[other] || (times[one] == times[other] && orders[one] < orders[other]);
  }
}
