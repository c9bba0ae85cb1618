// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.store;

/// A type of objects, whatever its version: `pods`, or `deployments` of `apps`.
public record GroupResource(String group, String resource) implements Comparable<GroupResource> {
  /// Reads what [#toString] wrote.
  public static GroupResource parse(String text) {
    var dot = text.indexOf('.');
    return dot < 0
        ? new GroupResource("", text)
        : new GroupResource(text.substring(dot + 1), text.substring(0, dot));
  }

  @Override
  public int compareTo(GroupResource other) {
    return toString().compareTo(other.toString());
  }

  /// `pods`, `deployments.apps`: as messages name it.
  @Override
  public String toString() {
    return group.isEmpty() ? resource : resource + "." + group;
  }
}
