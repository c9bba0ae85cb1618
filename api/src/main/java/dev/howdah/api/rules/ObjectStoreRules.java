// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Rules of an object store: where it is, and who may use it.
final class ObjectStoreRules {
  private static final Pattern DESTINATION =
      Pattern.compile("(?:s3|gs|gcs|azure|https?)://[^/\\s@?#]+(?:/[^\\s?#]*)?");
  private static final List<String> AZURE_SIGN_IN =
      List.of("storageKey", "storageSasToken", "inheritFromAzureAD", "useDefaultAzureCredentials");

  private ObjectStoreRules() {}

  /// @param own whether it is the Cluster's own store, for which credentials must be complete
  static void check(Place store, boolean own, Findings findings) {
    destination(store, findings);
    Place server = store.at("serverName");
    if (server.text().contains("/") || server.text().equals("..") || server.text().equals(".")) {
      findings.invalid(server, "is one folder of the store", "write it without '/'");
    }
    Place s3 = store.at("s3Credentials");
    Place azure = store.at("azureCredentials");
    Place google = store.at("googleCredentials");
    long providers = Stream.of(s3, azure, google).filter(Place::present).count();
    if (own && providers == 0) {
      findings.required(
          store,
          "without credentials",
          "add one of s3Credentials, azureCredentials and googleCredentials");
    } else if (providers > 1) {
      findings.forbidden(
          store,
          "s3Credentials, azureCredentials and googleCredentials exclude each other",
          "keep one of them");
    }
    if (own) {
      s3(s3, findings);
      azure(azure, findings);
      google(google, findings);
    }
  }

  private static void destination(Place store, Findings findings) {
    Place path = store.at("destinationPath");
    if (!path.filled()) {
      findings.required(path, "missing", "write it as s3://bucket/folder");
    } else if (path.text().matches("[a-z0-9]+://[^/]*@.*")) {
      findings.invalid(
          path.concealed(),
          "credentials in an address can be read by everybody",
          "put them into a Secret and name that in s3Credentials or its like");
    } else if (!DESTINATION.matcher(path.text()).matches()) {
      findings.invalid(
          path,
          "no address of an object store",
          "write it as s3://bucket/folder, gs://bucket/folder or"
              + " https://account.blob.core.windows.net/container, without spaces, '?' and '#'");
    }
    Place endpoint = store.at("endpointURL");
    if (endpoint.filled()) {
      endpoint(endpoint, findings);
    }
  }

  private static void endpoint(Place endpoint, Findings findings) {
    URI uri;
    try {
      uri = new URI(endpoint.text());
    } catch (URISyntaxException e) {
      findings.invalid(endpoint, "no address", "write it as https://host:port");
      return;
    }
    String host = uri.getHost();
    boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!http || host == null) {
      findings.invalid(endpoint, "no address of a web service", "write it as https://host:port");
    } else if (uri.getUserInfo() != null) {
      findings.invalid(
          endpoint.concealed(),
          "credentials in an address can be read by everybody",
          "put them into a Secret");
    } else if (host.startsWith("169.254.") || host.startsWith("[fe80:")) {
      findings.invalid(
          endpoint,
          "a link-local address, where clouds keep the machine's own credentials",
          "write the object store's address");
    }
  }

  private static void s3(Place s3, Findings findings) {
    if (!s3.present()) {
      return;
    }
    boolean id = s3.at("accessKeyId").present();
    boolean secret = s3.at("secretAccessKey").present();
    boolean role = s3.at("inheritFromIAMRole").isTrue();
    if (!role && !id && !secret) {
      findings.required(
          s3, "says nothing", "add accessKeyId and secretAccessKey, or inheritFromIAMRole: true");
    }
    if (role && (id || secret)) {
      findings.forbidden(
          s3.at("inheritFromIAMRole"), "a role and keys exclude each other", "keep one of them");
    }
    if (id != secret) {
      findings.required(
          s3.at(id ? "secretAccessKey" : "accessKeyId"),
          "accessKeyId and secretAccessKey belong together",
          "add it");
    }
  }

  private static void azure(Place azure, Findings findings) {
    if (!azure.present()) {
      return;
    }
    List<String> ways =
        AZURE_SIGN_IN.stream()
            .filter(name -> azure.at(name).present() && !azure.at(name).isFalse())
            .toList();
    if (azure.at("connectionString").present()) {
      if (!ways.isEmpty() || azure.at("storageAccount").present()) {
        findings.forbidden(
            azure.at("connectionString"), "says everything already", "remove the other fields");
      }
      return;
    }
    if (ways.size() != 1) {
      findings.invalid(
          azure,
          ways.isEmpty()
              ? "says no way to sign in"
              : String.join(" and ", ways) + " exclude each other",
          "use connectionString, or exactly one of " + String.join(", ", AZURE_SIGN_IN));
    }
    boolean needsAccount = ways.contains("storageKey") || ways.contains("storageSasToken");
    if (needsAccount && !azure.at("storageAccount").present()) {
      findings.required(
          azure.at("storageAccount"), "storageKey and storageSasToken belong to one", "add it");
    }
  }

  private static void google(Place google, Findings findings) {
    if (!google.present()) {
      return;
    }
    boolean environment = google.at("gkeEnvironment").isTrue();
    boolean key = google.at("applicationCredentials").present();
    if (environment && key) {
      findings.forbidden(
          google,
          "gkeEnvironment and applicationCredentials exclude each other",
          "keep one of them");
    } else if (!environment && !key) {
      findings.required(
          google, "says nothing", "add applicationCredentials, or gkeEnvironment: true");
    }
  }
}
