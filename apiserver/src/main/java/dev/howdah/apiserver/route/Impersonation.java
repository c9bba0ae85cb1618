// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.route;

import dev.howdah.apiserver.User;
import dev.howdah.apiserver.auth.Access;
import dev.howdah.apiserver.auth.Rbac;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.store.GroupResource;
import java.util.ArrayList;
import java.util.Map;

/// Lets those who may act as somebody else, as `kubectl --as` asks for.
final class Impersonation {
  private static final String ACCOUNT = "system:serviceaccount:";
  private final Rbac rbac;

  Impersonation(Rbac rbac) {
    this.rbac = rbac;
  }

  /// The user to act as: the one given, unless headers name another.
  User of(Exchange exchange, User user) {
    var name = exchange.header("impersonate-user");
    var groups = exchange.headers("impersonate-group");
    if (name.isEmpty()) {
      if (!groups.isEmpty() || !exchange.header("impersonate-uid").isEmpty()) {
        throw ApiException.badRequest("requested groups or uid without impersonating a user");
      }
      return user;
    }
    var all = new ArrayList<>(groups);
    if (name.startsWith(ACCOUNT) && name.split(":").length == 4) {
      var parts = name.split(":");
      require(user, "serviceaccounts", parts[2], parts[3]);
      if (groups.isEmpty()) {
        all.addAll(User.serviceAccount(parts[2], parts[3]).groups());
      }
    } else {
      require(user, "users", "", name);
    }
    groups.forEach(group -> require(user, "groups", "", group));
    if (!all.contains(User.AUTHENTICATED) && !name.equals("system:anonymous")) {
      all.add(User.AUTHENTICATED);
    }
    return new User(name, exchange.header("impersonate-uid"), all, Map.of());
  }

  private void require(User user, String resource, String namespace, String name) {
    var access = Access.to(user, "impersonate", "", resource, namespace, name);
    if (!rbac.allows(access)) {
      throw ApiException.forbidden(new GroupResource("", resource), name, access.refusal());
    }
  }
}
