// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import org.jspecify.annotations.Nullable;

/// `spec.postgresql.ldap`: authentication of network clients by a directory server.
public record LdapSettings(
    String server, int port, String scheme, boolean tls, @Nullable Bind bind) {

  /// How the user's password is tried.
  public sealed interface Bind {}

  /// The user's distinguished name is `prefix` + user + `suffix`.
  public record Direct(String prefix, String suffix) implements Bind {}

  /// The user is searched for first, as `bindDn`, whose password is in a secret.
  public record Search(
      String baseDn,
      String bindDn,
      @Nullable SecretKey bindPassword,
      String searchAttribute,
      String searchFilter)
      implements Bind {}

  /// One key of a secret.
  public record SecretKey(String name, String key) {}
}
