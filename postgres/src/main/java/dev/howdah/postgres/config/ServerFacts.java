// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What one instance adds to its Cluster's configuration.
///
/// @param listenAddresses `*`, or the address of the pod in the embedded mode
/// @param osUser the name of the operating system user that runs the server, whom `peer`
///   authentication sees
/// @param upstream whom to follow; null when there is nobody, or while sealed for an election
/// @param slot the slot at the upstream; null for none
/// @param synchronous what makes commits wait; null to let them go on alone
/// @param minimums values of the hot-standby parameters that the data directory asks for
///   (`pg_controldata`)
/// @param libraries what can be loaded, by name; null if unknown
/// @param ldapBindPassword the password of the LDAP search, read from its secret; null if there is
///   none
public record ServerFacts(
    String instance,
    ServerRole role,
    ServerPaths paths,
    String listenAddresses,
    String osUser,
    @Nullable ConnInfo upstream,
    @Nullable String slot,
    @Nullable SynchronousStandbys synchronous,
    Map<String, Integer> minimums,
    @Nullable Set<String> libraries,
    @Nullable String ldapBindPassword) {

  public ServerFacts {
    minimums = Map.copyOf(new TreeMap<>(minimums));
    libraries = libraries == null ? null : Set.copyOf(libraries);
  }

  /// An instance in a role, that follows nobody yet.
  public static ServerFacts of(
      String instance, ServerRole role, ServerPaths paths, String listenAddresses, String osUser) {
    return new ServerFacts(
        instance, role, paths, listenAddresses, osUser, null, null, null, Map.of(), null, null);
  }

  public ServerFacts withRole(ServerRole changed) {
    return new ServerFacts(
        instance,
        changed,
        paths,
        listenAddresses,
        osUser,
        upstream,
        slot,
        synchronous,
        minimums,
        libraries,
        ldapBindPassword);
  }

  /// With somebody to follow, through one of their slots; null to follow nobody, null to use no
  /// slot.
  public ServerFacts following(@Nullable ConnInfo upstream, @Nullable String slot) {
    return new ServerFacts(
        instance,
        role,
        paths,
        listenAddresses,
        osUser,
        upstream,
        slot,
        synchronous,
        minimums,
        libraries,
        ldapBindPassword);
  }

  public ServerFacts withSynchronous(@Nullable SynchronousStandbys changed) {
    return new ServerFacts(
        instance,
        role,
        paths,
        listenAddresses,
        osUser,
        upstream,
        slot,
        changed,
        minimums,
        libraries,
        ldapBindPassword);
  }

  /// With what the data directory asks of the hot-standby parameters.
  public ServerFacts withMinimums(Map<String, Integer> changed) {
    return new ServerFacts(
        instance,
        role,
        paths,
        listenAddresses,
        osUser,
        upstream,
        slot,
        synchronous,
        changed,
        libraries,
        ldapBindPassword);
  }

  /// With the libraries that are installed, so that one that isn't does not keep the server from
  /// starting.
  public ServerFacts withLibraries(@Nullable Set<String> changed) {
    return new ServerFacts(
        instance,
        role,
        paths,
        listenAddresses,
        osUser,
        upstream,
        slot,
        synchronous,
        minimums,
        changed,
        ldapBindPassword);
  }

  public ServerFacts withLdapBindPassword(@Nullable String changed) {
    return new ServerFacts(
        instance,
        role,
        paths,
        listenAddresses,
        osUser,
        upstream,
        slot,
        synchronous,
        minimums,
        libraries,
        changed);
  }

  @Override
  public String toString() {
    return "ServerFacts[" + instance + ", " + role + ", " + paths.root() + "]";
  }
}
