import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "coverage", "**/*.js", "**/*.mjs"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-non-null-assertion": "off", // noUncheckedIndexedAccess makes `!` the honest form in tight loops over typed arrays
      "@typescript-eslint/no-unnecessary-type-parameters": "off", // resource<T>(key) and definition helpers infer through them
      "no-console": "error", // results go through cli/output, everything else through Log
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "Time comes from the records or from the Clock." },
        { object: "Math", property: "random", message: "Use a seeded generator." },
      ],
    },
  },
  {
    files: ["**/*.test.ts", "src/streams/contract/**", "test/**", "bench/**", "chaos/**", "scripts/**"],
    rules: {
      "no-console": "off",
      "no-restricted-properties": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
    },
  },
);
