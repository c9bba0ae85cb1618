// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Roles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Makes the roles of a primary what a Cluster wants. Roles that are not listed are left alone, and
/// one that cannot be brought into shape does not stop the others.
public final class ManagedRoles {
  private final PgServer server;
  private final int major;

  public ManagedRoles(PgServer server, int major) {
    this.server = server;
    this.major = major;
  }

  /// What is to become of a role's password.
  public sealed interface Password {
    /// Not mentioned: left alone.
    record Untouched() implements Password {}

    /// The role must not log in by password.
    record Disabled() implements Password {}

    /// To be set.
    ///
    /// @param text a password, or what PostgreSQL stores for one
    /// @param version of the secret that it is from
    record Given(String text, String version) implements Password {
      @Override
      public String toString() {
        return "Given[version=" + version + "]";
      }
    }

    /// It is in a secret that could not be read: left alone and reported.
    record Unreadable(String reason) implements Password {}
  }

  /// When a password was set last: if neither changed, it need not be set again.
  ///
  /// @param transaction that wrote the role's row
  /// @param version of the secret
  public record PasswordState(long transaction, String version) {}

  /// What came of it, in the words of `status.managedRolesStatus`.
  public record Result(
      List<String> reconciled,
      List<String> pending,
      List<String> reserved,
      List<String> notManaged,
      Map<String, List<String>> errors,
      Map<String, PasswordState> passwords) {
    public Result {
      reconciled = List.copyOf(reconciled);
      pending = List.copyOf(pending);
      reserved = List.copyOf(reserved);
      notManaged = List.copyOf(notManaged);
      errors = Map.copyOf(errors);
      passwords = Map.copyOf(passwords);
    }
  }

  /// Brings the listed roles into shape: those that others are members of first, as far as they are
  /// new.
  ///
  /// @param passwords by role
  /// @param known the result's passwords of the last time, by role
  public Result reconcile(
      List<RoleSpec> specs, Map<String, Password> passwords, Map<String, PasswordState> known) {
    Map<String, RoleState> states = RoleState.read(server);
    var errors = new TreeMap<String, List<String>>();
    var reconciled = new ArrayList<String>();
    var reserved = new ArrayList<String>();
    var changed = new TreeSet<String>();
    for (RoleSpec spec : inOrder(specs)) {
      if (RoleSpec.isReserved(spec.name())) {
        reserved.add(spec.name());
        continue;
      }
      try {
        apply(spec, states.get(spec.name()), passwords, known, changed);
        reconciled.add(spec.name());
      } catch (PostgresException | IllegalArgumentException e) {
        errors.computeIfAbsent(spec.name(), name -> new ArrayList<>()).add(e.getMessage());
      }
    }
    Set<String> listed = new TreeSet<>(specs.stream().map(RoleSpec::name).toList());
    return new Result(
        reconciled,
        List.copyOf(errors.keySet()),
        reserved,
        states.keySet().stream()
            .filter(name -> !listed.contains(name) && !RoleSpec.isReserved(name))
            .toList(),
        errors,
        passwordStates(specs, passwords, known, errors.keySet(), changed));
  }

  /// New roles before the roles that are to be in them, and drops last.
  private static List<RoleSpec> inOrder(List<RoleSpec> specs) {
    var ordered = new ArrayList<RoleSpec>();
    var placed = new TreeSet<String>();
    for (RoleSpec spec : specs) {
      place(spec, specs, placed, ordered, specs.size());
    }
    ordered.sort((a, b) -> Boolean.compare(b.present(), a.present()));
    return ordered;
  }

  private static void place(
      RoleSpec spec, List<RoleSpec> specs, Set<String> placed, List<RoleSpec> ordered, int depth) {
    if (!placed.add(spec.name()) || depth < 0) {
      return;
    }
    for (RoleSpec other : specs) {
      if (spec.inRoles().contains(other.name())) {
        place(other, specs, placed, ordered, depth - 1);
      }
    }
    ordered.add(spec);
  }

  private void apply(
      RoleSpec spec,
      @Nullable RoleState state,
      Map<String, Password> passwords,
      Map<String, PasswordState> known,
      Set<String> changed) {
    for (String statement : RolePlan.statements(spec, state, major)) {
      server.query(statement);
      changed.add(spec.name());
    }
    if (!spec.present()) {
      return;
    }
    var roles = new Roles(server);
    switch (passwords.getOrDefault(spec.name(), new Password.Untouched())) {
      case Password.Untouched _ -> {}
      case Password.Disabled _ -> {
        if (state == null || state.hasPassword()) {
          roles.removePassword(spec.name());
          changed.add(spec.name());
        }
      }
      case Password.Given given -> {
        PasswordState last = known.get(spec.name());
        boolean same =
            state != null
                && last != null
                && last.version().equals(given.version())
                && last.transaction() == state.transaction();
        if (!same) {
          roles.setPassword(spec.name(), given.text());
          changed.add(spec.name());
        }
      }
      case Password.Unreadable unreadable ->
          throw new PostgresException("its password is left as it is: " + unreadable.reason());
    }
  }

  private Map<String, PasswordState> passwordStates(
      List<RoleSpec> specs,
      Map<String, Password> passwords,
      Map<String, PasswordState> known,
      Set<String> failed,
      Set<String> changed) {
    var states = new TreeMap<String, PasswordState>();
    var roles = new Roles(server);
    for (RoleSpec spec : specs) {
      PasswordState last = known.get(spec.name());
      if (passwords.get(spec.name()) instanceof Password.Given given
          && !failed.contains(spec.name())
          && !RoleSpec.isReserved(spec.name())) {
        boolean same = last != null && !changed.contains(spec.name());
        states.put(
            spec.name(),
            same ? last : new PasswordState(roles.transactionOf(spec.name()), given.version()));
      } else if (last != null && failed.contains(spec.name())) {
        states.put(spec.name(), last);
      }
    }
    return states;
  }
}
