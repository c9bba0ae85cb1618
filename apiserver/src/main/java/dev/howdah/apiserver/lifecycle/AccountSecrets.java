// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.lifecycle;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.auth.ServiceAccountTokens;
import dev.howdah.apiserver.auth.ServiceAccountTokens.Bound;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.write.Call;
import dev.howdah.apiserver.write.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/// Fills Secrets of type `kubernetes.io/service-account-token` with a lasting token.
final class AccountSecrets {
  private static final GroupResource SECRETS = new GroupResource("", "secrets");
  private static final GroupResource ACCOUNTS = new GroupResource("", "serviceaccounts");
  private static final String TYPE = "kubernetes.io/service-account-token";
  private static final String ACCOUNT = "kubernetes.io/service-account.name";
  private static final Duration VALIDITY = Duration.ofDays(3650);

  private final Store store;
  private final ResourceTypes types;
  private final Writer writer;
  private final ServiceAccountTokens tokens;
  private final String authority;

  AccountSecrets(
      Store store,
      ResourceTypes types,
      Writer writer,
      ServiceAccountTokens tokens,
      String authorityPem) {
    this.store = store;
    this.types = types;
    this.writer = writer;
    this.tokens = tokens;
    this.authority = authorityPem;
  }

  void start() {
    writer.onCreate(SECRETS, this::fill);
  }

  private void fill(ObjectNode secret) {
    var name = Meta.map(secret, "annotations").getOrDefault(ACCOUNT, "");
    if (!secret.path("type").asText().equals(TYPE) || name.isEmpty()) {
      return;
    }
    var namespace = Meta.namespace(secret);
    var account = store.get(ACCOUNTS, new Key(namespace, name));
    if (account == null) {
      return;
    }
    var token = tokens.issue(namespace, new Bound(name, account.uid()), null, List.of(), VALIDITY);
    writer.patch(
        Call.internal(
            Objects.requireNonNull(types.any("", "secrets")), namespace, Meta.name(secret)),
        live -> {
          var data = live.withObjectProperty("data");
          data.put("token", base64(token));
          data.put("ca.crt", base64(authority));
          data.put("namespace", base64(namespace));
          return live;
        });
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
