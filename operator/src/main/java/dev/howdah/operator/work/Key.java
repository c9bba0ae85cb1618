// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.work;

/// Names one object of a kind; the namespace is empty for kinds without.
public record Key(String namespace, String name) implements Comparable<Key> {
  @Override
  public int compareTo(Key other) {
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return namespace.isEmpty() ? name : namespace + "/" + name;
  }
}
