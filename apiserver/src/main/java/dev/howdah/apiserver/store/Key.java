// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.store;

import java.util.Comparator;

/// Where an object is within its type; the namespace is empty for cluster-scoped objects.
public record Key(String namespace, String name) implements Comparable<Key> {
  private static final Comparator<Key> ORDER =
      Comparator.comparing(Key::namespace).thenComparing(Key::name);

  @Override
  public int compareTo(Key other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return namespace.isEmpty() ? name : namespace + "/" + name;
  }
}
