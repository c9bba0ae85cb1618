// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import java.util.List;
import java.util.Map;

/// Who asks: a name and the groups that permissions are bound to.
public record User(String name, String uid, List<String> groups, Map<String, List<String>> extra) {
  /// The group that may do everything.
  public static final String MASTERS = "system:masters";

  /// Everyone who proved an identity.
  public static final String AUTHENTICATED = "system:authenticated";

  /// Everyone who did not.
  public static final String UNAUTHENTICATED = "system:unauthenticated";

  /// Who set the server up, and may do everything.
  public static final User ADMINISTRATOR = of("kubernetes-admin", MASTERS, AUTHENTICATED);

  public User {
    groups = List.copyOf(groups);
    extra = Map.copyOf(extra);
  }

  /// A user without a UID, member of the given groups.
  public static User of(String name, String... groups) {
    return new User(name, "", List.of(groups), Map.of());
  }

  /// The user a service account's token stands for.
  public static User serviceAccount(String namespace, String name) {
    return of(
        "system:serviceaccount:" + namespace + ":" + name,
        "system:serviceaccounts",
        "system:serviceaccounts:" + namespace,
        AUTHENTICATED);
  }

  /// Whether the user is a member of the group.
  public boolean in(String group) {
    return groups.contains(group);
  }
}
