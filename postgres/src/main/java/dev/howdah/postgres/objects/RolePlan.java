// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import dev.howdah.postgres.objects.RoleState.Membership;
import dev.howdah.postgres.sql.Quote;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The statements that make a role what its specification says. Its password is apart, since it may
/// be secret.
final class RolePlan {
  private RolePlan() {}

  /// Statements in order; none if the role is as wanted.
  ///
  /// @param state null if there is no such role
  /// @param major from 16 on, a membership is revoked in the name of who granted it
  static List<String> statements(RoleSpec spec, @Nullable RoleState state, int major) {
    String name = Quote.identifier(spec.name());
    var statements = new ArrayList<String>();
    if (!spec.present()) {
      if (state != null) {
        statements.add("drop role " + name);
      }
      return statements;
    }
    if (state == null) {
      statements.add(
          "create role "
              + name
              + " "
              + spec.attributes().options()
              + " connection limit "
              + spec.connectionLimit()
              + validUntil(spec.validUntil(), null));
    } else {
      String changes = changes(spec, state);
      if (!changes.isEmpty()) {
        statements.add("alter role " + name + changes);
      }
    }
    String comment = state == null ? "" : state.comment();
    if (spec.comment() != null && !spec.comment().equals(comment)) {
      statements.add("comment on role " + name + " is " + Quote.literal(spec.comment()));
    }
    memberships(spec, state, major, statements);
    return statements;
  }

  private static String changes(RoleSpec spec, RoleState state) {
    var changes = new StringBuilder();
    if (!spec.attributes().equals(state.attributes())) {
      changes.append(' ').append(spec.attributes().options());
    }
    if (spec.connectionLimit() != state.connectionLimit()) {
      changes.append(" connection limit ").append(spec.connectionLimit());
    }
    if (!Objects.equals(millis(spec.validUntil()), millis(state.validUntil()))) {
      changes.append(validUntil(spec.validUntil(), state.validUntil()));
    }
    return changes.toString();
  }

  private static @Nullable Instant millis(@Nullable Instant instant) {
    return instant == null ? null : instant.truncatedTo(ChronoUnit.MILLIS);
  }

  private static String validUntil(@Nullable Instant wanted, @Nullable Instant now) {
    if (wanted == null) {
      return now == null ? "" : " valid until 'infinity'";
    }
    return " valid until '" + wanted + "'";
  }

  private static void memberships(
      RoleSpec spec, @Nullable RoleState state, int major, List<String> statements) {
    String name = Quote.identifier(spec.name());
    var wanted = new HashSet<>(spec.inRoles());
    List<Membership> now = state == null ? List.of() : state.memberships();
    for (Membership membership : now) {
      if (!spec.inRoles().contains(membership.role())) {
        statements.add(
            "revoke "
                + Quote.identifier(membership.role())
                + " from "
                + name
                + (major >= 16 ? " granted by " + Quote.identifier(membership.grantor()) : ""));
      }
      wanted.remove(membership.role());
    }
    wanted.stream()
        .sorted()
        .forEach(role -> statements.add("grant " + Quote.identifier(role) + " to " + name));
  }
}
