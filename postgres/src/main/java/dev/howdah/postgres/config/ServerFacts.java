// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one instance adds to its Cluster's configuration.
///
/// @param listenAddresses `*`, or the address of the pod in the embedded mode
/// @param osUser the operating system user that runs the server, whom `peer` authentication sees
public record ServerFacts(
    String instance,
    ServerRole role,
    ServerPaths paths,
    String listenAddresses,
    String osUser,
    Replication replication,
    Machine machine) {

  /// Whom the instance follows, and who follows it.
  ///
  /// @param upstream whom to follow; null when there is nobody, or while sealed for an election
  /// @param slot the slot at the upstream; null for none
  /// @param synchronous what makes commits wait; null to let them go on alone
  /// @param minimums values of the hot-standby parameters that the data directory asks for
  ///   (`pg_controldata`)
  public record Replication(
      @Nullable ConnInfo upstream,
      @Nullable String slot,
      @Nullable SynchronousStandbys synchronous,
      Map<String, Integer> minimums) {
    public Replication {
      minimums = Map.copyOf(minimums);
    }
  }

  /// What the machine has, and what PostgreSQL said to it.
  ///
  /// @param libraries what can be loaded, by name; null if unknown
  /// @param ldapBindPassword the password of the LDAP search, from its secret; null if there is
  ///   none
  /// @param refused parameters that this PostgreSQL did not take here, with its words; null where
  ///   it was not asked
  public record Machine(
      @Nullable Set<String> libraries,
      @Nullable String ldapBindPassword,
      @Nullable Map<String, String> refused) {
    public Machine {
      libraries = libraries == null ? null : Set.copyOf(libraries);
      refused = refused == null ? null : Map.copyOf(refused);
    }

    @Override
    public String toString() {
      return "Machine[refused=" + refused + "]";
    }
  }

  /// An instance in a role, that follows nobody yet.
  public static ServerFacts of(
      String instance, ServerRole role, ServerPaths paths, String listenAddresses, String osUser) {
    return new ServerFacts(
        instance,
        role,
        paths,
        listenAddresses,
        osUser,
        new Replication(null, null, null, Map.of()),
        new Machine(null, null, null));
  }

  private ServerFacts with(Replication changed) {
    return new ServerFacts(instance, role, paths, listenAddresses, osUser, changed, machine);
  }

  private ServerFacts with(Machine changed) {
    return new ServerFacts(instance, role, paths, listenAddresses, osUser, replication, changed);
  }

  /// With somebody to follow, through one of their slots; null to follow nobody, null to use no
  /// slot.
  public ServerFacts following(@Nullable ConnInfo upstream, @Nullable String slot) {
    return with(new Replication(upstream, slot, replication.synchronous(), replication.minimums()));
  }

  /// With standbys that commits wait for; null for none.
  public ServerFacts withSynchronous(@Nullable SynchronousStandbys standbys) {
    return with(
        new Replication(
            replication.upstream(), replication.slot(), standbys, replication.minimums()));
  }

  /// With what the data directory asks of the hot-standby parameters.
  public ServerFacts withMinimums(Map<String, Integer> minimums) {
    return with(
        new Replication(
            replication.upstream(), replication.slot(), replication.synchronous(), minimums));
  }

  /// With the libraries that are installed, so that one that isn't does not keep the server from
  /// starting.
  public ServerFacts withLibraries(@Nullable Set<String> libraries) {
    return with(new Machine(libraries, machine.ldapBindPassword(), machine.refused()));
  }

  public ServerFacts withLdapBindPassword(@Nullable String password) {
    return with(new Machine(machine.libraries(), password, machine.refused()));
  }

  /// Without these parameters of the user, which this PostgreSQL did not take here; it takes all
  /// others. Null where it was not asked.
  public ServerFacts withRefused(@Nullable Map<String, String> refused) {
    return with(new Machine(machine.libraries(), machine.ldapBindPassword(), refused));
  }
}
