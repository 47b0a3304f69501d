/** The required check of the infra repository; rulesets name it together with the App that writes it. */
export const policyContext = 'trunkline / policy';
