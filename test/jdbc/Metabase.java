// What Metabase does with a PostgreSQL database, through its own driver: connects, syncs tables, columns, keys and
// values, and runs questions. Arguments: JDBC URL, owner of the views, docs/views/metabase.md, whose SQL is run.

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Metabase {
    private static final List<String> VIEWS = List.of("shop", "shop_model", "shop_segments", "shop_rfm_grid",
            "shop_value_bands", "shop_at_risk", "shop_forecast");
    private static final Set<Integer> PLAIN_TYPES = Set.of(Types.BIGINT, Types.INTEGER, Types.SMALLINT, Types.DOUBLE,
            Types.NUMERIC, Types.VARCHAR, Types.DATE);
    private static final Map<String, Object> VALUES = Map.of("since", LocalDate.of(2024, 1, 1), "horizon", 90.0);

    private static int checks = 0;

    private static void check(boolean fine, String what) {
        ++checks;
        if (!fine) throw new AssertionError(what);
    }

    private static Connection connect(String url, String user, String... more) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", "choose another");
        properties.setProperty("ApplicationName", "Metabase");
        for (int i = 0; i < more.length; i += 2) properties.setProperty(more[i], more[i + 1]);
        return DriverManager.getConnection(url, properties);
    }

    // Values, not texts: of what is prepared on the server, the driver has binary numbers, and writes them in another way.
    private static List<List<Object>> rows(ResultSet result) throws SQLException {
        List<List<Object>> rows = new ArrayList<>();
        int columns = result.getMetaData().getColumnCount();
        while (result.next()) {
            List<Object> row = new ArrayList<>();
            for (int i = 1; i <= columns; ++i) row.add(result.getObject(i));
            rows.add(row);
        }
        return rows;
    }

    private static List<List<Object>> rows(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; ++i) statement.setObject(i + 1, parameters[i]);
            try (ResultSet result = statement.executeQuery()) {
                return rows(result);
            }
        }
    }

    private static String one(Connection connection, String sql, Object... parameters) throws SQLException {
        return String.valueOf(rows(connection, sql, parameters).get(0).get(0));
    }

    private static String failure(Connection connection, String sql, Object... parameters) {
        try {
            rows(connection, sql, parameters);
            return "none";
        } catch (SQLException error) {
            return error.getSQLState();
        }
    }

    // ---- sync ----

    private static void sync(Connection connection) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        check(connection.isValid(5) && data.getDatabaseProductName().equals("PostgreSQL"), "it answers");
        check(!one(connection, "SHOW TIMEZONE").isEmpty(), "it tells its time zone");
        check(!rows(data.getCatalogs()).isEmpty(), "there are catalogs");
        check(rows(data.getSchemas()).stream().anyMatch(row -> row.get(0).equals("public")), "the schema is there");

        Map<String, String> kinds = new TreeMap<>();
        Map<String, String> remarks = new TreeMap<>();
        try (ResultSet tables = data.getTables(null, "public", "%",
                new String[] {"TABLE", "PARTITIONED TABLE", "VIEW", "FOREIGN TABLE", "MATERIALIZED VIEW"})) {
            while (tables.next()) {
                kinds.put(tables.getString("TABLE_NAME"), tables.getString("TABLE_TYPE"));
                remarks.put(tables.getString("TABLE_NAME"), tables.getString("REMARKS"));
            }
        }
        for (String view : VIEWS) {
            boolean materialized = Set.of("shop", "shop_model", "shop_forecast").contains(view);
            check((materialized ? "MATERIALIZED VIEW" : "VIEW").equals(kinds.get(view)), view + " is listed as what it is");
            check(remarks.get(view) != null, view + " has a description");
            check(one(connection, "SELECT has_table_privilege(current_user, ?::regclass, 'SELECT')", view).equals("true"),
                    view + " may be read");
            check(rows(connection, "SELECT TRUE AS \"_\" FROM \"public\".\"" + view + "\" WHERE 1 <> 1 LIMIT 0").isEmpty(),
                    view + " answers the trial query");
            syncColumns(connection, view);
        }
        check(failure(connection, "SELECT * FROM orders LIMIT 1").equals("42501"), "the orders are out of reach");
        rows(connection, "SELECT nspname, typname FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace "
                + "WHERE t.oid IN (SELECT DISTINCT enumtypid FROM pg_enum AS e)");
    }

    private static void syncColumns(Connection connection, String view) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        Map<String, Integer> types = new TreeMap<>();
        try (ResultSet columns = data.getColumns(null, "public", view, null)) {
            while (columns.next()) {
                String name = columns.getString("COLUMN_NAME");
                types.put(name, columns.getInt("DATA_TYPE"));
                String remark = columns.getString("REMARKS");
                check(remark != null && !remark.isEmpty(), view + "." + name + " has a description");
                check(PLAIN_TYPES.contains(columns.getInt("DATA_TYPE")) || name.matches("(orders|spend)_model|(spend_)?compared"),
                        view + "." + name + " is of a plain type, not " + columns.getString("TYPE_NAME"));
            }
        }
        check(types.size() > 3, view + " has columns");
        check(rows(data.getPrimaryKeys(null, "public", view)).isEmpty(), view + ": a view has no primary key");
        check(rows(data.getImportedKeys(null, "public", view)).isEmpty(), view + ": nor foreign ones");
        if (view.equals("shop")) {
            try (ResultSet indexes = data.getIndexInfo(null, "public", view, true, true)) {
                check(indexes.next() && indexes.getString("COLUMN_NAME").equals("customer_id"), "the key's index is seen");
            }
        }

        // Fingerprints: ten thousand rows of all columns, the start of texts. Then the values of what could be categories.
        List<String> samples = new ArrayList<>();
        for (Map.Entry<String, Integer> column : types.entrySet()) {
            String name = "\"public\".\"" + view + "\".\"" + column.getKey() + "\"";
            samples.add(column.getValue() == Types.VARCHAR
                    ? "SUBSTRING(" + name + ", 1, 1234) AS \"substring" + samples.size() + "\""
                    : name + " AS \"" + column.getKey() + "\"");
        }
        check(!rows(connection, "SELECT " + String.join(", ", samples) + " FROM \"public\".\"" + view + "\" LIMIT 10000").isEmpty(),
                view + " gives samples");
        for (Map.Entry<String, Integer> column : types.entrySet()) {
            if (column.getValue() != Types.VARCHAR) continue;
            String name = "\"public\".\"" + view + "\".\"" + column.getKey() + "\"";
            check(!rows(connection, "SELECT " + name + " AS \"" + column.getKey() + "\" FROM \"public\".\"" + view + "\" GROUP BY "
                    + name + " ORDER BY " + name + " ASC LIMIT 1000").isEmpty(), name + " lists its values");
        }
    }

    // ---- questions ----

    // The SQL of the page: what prepares the database, then the questions, with ? for their variables.
    private record Question(String sql, List<Object> parameters) {}

    private static List<String> blocks(Path page) throws Exception {
        List<String> blocks = new ArrayList<>();
        Matcher block = Pattern.compile("^```sql\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL).matcher(Files.readString(page));
        while (block.find()) blocks.add(block.group(1).strip());
        return blocks;
    }

    private static Question question(String sql) {
        List<Object> parameters = new ArrayList<>();
        Matcher variable = Pattern.compile("\\{\\{(\\w+)\\}\\}").matcher(sql);
        while (variable.find()) parameters.add(VALUES.get(variable.group(1)));
        return new Question(sql.replaceAll("\\{\\{\\w+\\}\\}", "?"), parameters);
    }

    // Eighteen runs of one statement: the driver prepares it on the server at the fifth, and from the tenth on the server is
    // told to take a generic plan.
    private static void run(Connection connection, Question question) throws SQLException {
        List<List<Object>> first = null;
        try (PreparedStatement statement = connection.prepareStatement(question.sql())) {
            for (int run = 1; run <= 18; ++run) {
                for (int i = 0; i < question.parameters().size(); ++i) statement.setObject(i + 1, question.parameters().get(i));
                try (ResultSet result = statement.executeQuery()) {
                    ResultSetMetaData columns = result.getMetaData();
                    for (int i = 1; i <= columns.getColumnCount(); ++i)
                        check(PLAIN_TYPES.contains(columns.getColumnType(i)), columns.getColumnLabel(i) + " is of a plain type");
                    List<List<Object>> rows = rows(result);
                    if (first == null) first = rows;
                    check(!rows.isEmpty() && rows.equals(first), "the same rows in run " + run + " of " + question.sql());
                }
                if (run == 9) one(connection, "SELECT set_config('plan_cache_mode', 'force_generic_plan', false)");
            }
            one(connection, "SELECT set_config('plan_cache_mode', 'auto', false)");
            check(Integer.parseInt(one(connection, "SELECT count(*) FROM pg_prepared_statements WHERE prepare_time IS NOT NULL")) > 0,
                    "the driver has prepared on the server");
        }
        // A question on the question.
        List<List<Object>> wrapped = rows(connection, "SELECT count(*) AS \"count\" FROM (" + question.sql()
                + ") AS \"source\" LIMIT 1048575", question.parameters().toArray());
        check(wrapped.get(0).get(0).equals((long) first.size()), "a question on the question");
    }

    private static void numbersAsText(String url, Connection connection, Question question) throws SQLException {
        List<List<Object>> expected = rows(connection, question.sql(), 90.0, 90.0);
        for (Object number : Arrays.asList(90, 90L, 90.0f, new BigDecimal("90"), "90", "90.0"))
            check(rows(connection, question.sql(), number, number).equals(expected), "with the cast, a number of " + number.getClass());
        String without = question.sql().replaceAll("CAST\\(\\? AS float8\\)", "?");
        check(!without.equals(question.sql()), "there is a cast to leave out");
        check(failure(connection, without, "90", "90").equals("42883"), "without it, a text is an error");
        try (Connection untyped = connect(url, "metabase", "stringtype", "unspecified")) {
            check(rows(untyped, without, "90", "90").equals(expected), "or with stringtype=unspecified");
        }
        check(rows(connection, without, 90, 90).equals(expected), "numbers need none");
    }

    private static void datesOfAllKinds(Connection connection, Question question) throws SQLException {
        List<List<Object>> expected = rows(connection, question.sql(), LocalDate.of(2024, 1, 1));
        check(rows(connection, question.sql(), Date.valueOf("2024-01-01")).equals(expected), "a java.sql.Date");
        check(rows(connection, question.sql(), LocalDate.of(2024, 1, 1).atStartOfDay()).equals(expected), "a timestamp");
        check(rows(connection, question.sql().replace("?", "CAST(? AS date)"), "2024-01-01").equals(expected), "a text, cast");
        check(failure(connection, question.sql(), "2024-01-01").equals("42883"), "a text without a cast is an error");
    }

    // Questions that people click together on the views.
    private static void clicked(Connection connection) throws SQLException {
        List<List<Object>> segments = rows(connection, "SELECT \"source\".\"segment\" AS \"segment\", COUNT(*) AS \"count\", "
                + "SUM(\"source\".\"cltv\") AS \"sum\" FROM (SELECT \"public\".\"shop\".\"segment\" AS \"segment\", "
                + "\"public\".\"shop\".\"cltv\" AS \"cltv\" FROM \"public\".\"shop\" WHERE \"public\".\"shop\".\"last_order\" >= ?) "
                + "AS \"source\" GROUP BY \"source\".\"segment\" ORDER BY \"source\".\"segment\" ASC LIMIT 2000", LocalDate.of(2023, 1, 1));
        check(segments.size() > 5, "segments of a wrapped question");
        check(rows(connection, "SELECT CAST(DATE_TRUNC('month', \"public\".\"shop\".\"last_order\") AS date) AS \"last_order\", "
                + "COUNT(*) AS \"count\" FROM \"public\".\"shop\" GROUP BY 1 ORDER BY 1 ASC").size() > 12, "orders by month");
        check(rows(connection, "SELECT FLOOR(\"public\".\"shop\".\"cltv\" / 50.0) * 50.0 AS \"cltv\", COUNT(*) AS \"count\" "
                + "FROM \"public\".\"shop\" WHERE \"public\".\"shop\".\"cltv\" IS NOT NULL GROUP BY 1 ORDER BY 1 ASC").size() > 1,
                "a histogram of cltv");

        // The models, as the driver sees values of a type that it does not know.
        try (Statement statement = connection.createStatement();
                ResultSet model = statement.executeQuery("SELECT orders_model, spend_model, orders_model::jsonb FROM shop_model")) {
            check(model.next() && model.getString(1).startsWith("{\"kind\":\"bgnbd\"") && model.getObject(2) != null,
                    "a model reads as JSON");
        }
        check(rows(connection, "SELECT name, estimate, std_error FROM shop_model, model_params(orders_model, ?)", 0.9).size() == 4,
                "the parameters of a model as rows");
    }

    // All rows in fetches of a few, as a download does.
    private static void download(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(100);
            try (ResultSet result = statement.executeQuery("SELECT * FROM shop")) {
                int n = 0;
                while (result.next()) ++n;
                check(n > 500, "a download by cursor");
            }
        }
        connection.rollback();
        connection.setAutoCommit(true);
    }

    public static void main(String[] arguments) throws Exception {
        String url = arguments[0];
        List<Question> questions = new ArrayList<>();
        try (Connection owner = connect(url, arguments[1]); Statement statement = owner.createStatement()) {
            for (String block : blocks(Path.of(arguments[2]))) {
                if (block.startsWith("SELECT")) questions.add(question(block));
                else statement.execute(block);
            }
        }
        check(questions.size() == 10, "the page has ten questions, not " + questions.size());
        try (Connection connection = connect(url, "metabase")) {
            sync(connection);
            for (Question question : questions) run(connection, question);
            numbersAsText(url, connection, questions.get(8));
            datesOfAllKinds(connection, questions.get(7));
            clicked(connection);
            download(connection);

            // A refresh by the owner in between changes nothing for statements that are prepared already.
            try (PreparedStatement statement = connection.prepareStatement("SELECT count(*) FROM shop WHERE cltv > ?");
                    Connection owner = connect(url, arguments[1]); Statement refresh = owner.createStatement()) {
                for (int run = 0; run < 8; ++run) {
                    statement.setObject(1, 10);
                    try (ResultSet result = statement.executeQuery()) {
                        check(result.next() && result.getLong(1) > 0, "a prepared statement after a refresh");
                    }
                    if (run == 6) refresh.execute("CALL cltv_refresh('shop')");
                }
            }
        }
        System.out.println(checks + " checks");
    }
}
